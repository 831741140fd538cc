"""What `parley serve` is held to, held to the cluster: the same tests, with its front in place of theirs, or at least its engines."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from assistant.engines import Engines
from assistant.sections import ModelSettings
from models.load import thread_table
from models.plan import plan
from server.cluster.engines import engines, remotes
from tests.server import serving
from tests.server.cluster.conftest import Running
from tests.server.cluster.doors import SECRET
from tests.server.realtime import test_errors, test_tools, test_turns
from tests.server.rest import asking, test_chat, test_speech, test_transcriptions
from tests.server.store import test_resume
from tests.server.translations import test_translations

MODULES = [test_turns, test_tools, test_errors, test_resume, test_translations, test_chat, test_speech, test_transcriptions]

OF_ITS_OWN = {"test_killed_at_random_the_process_loses_nothing_that_it_acknowledged"}
"""Of one process, which it kills; `test_nodes.py` kills those of a cluster."""


def cases() -> list[Any]:
    """Return each test that serves, with each of its parameters."""
    found = []
    for module in MODULES:
        for name, test in vars(module).items():
            if name.startswith("test_") and callable(test) and name not in OF_ITS_OWN and test.__module__ == module.__name__:
                found += [pytest.param(module, test, given, id=_id(module, name, given)) for given in _given(test)]
    return found


def _id(module: ModuleType, name: str, given: dict[str, Any]) -> str:
    return "-".join([module.__name__.rpartition(".")[2], name, *map(str, given.values())])[:120]


def _given(test: Callable[..., None]) -> list[dict[str, Any]]:
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    given: list[dict[str, Any]] = [{}]
    for mark in marks:
        names = [name.strip() for name in mark.args[0].split(",")] if isinstance(mark.args[0], str) else list(mark.args[0])
        values = [value if len(names) > 1 else (value,) for value in mark.args[1]]
        given = [each | dict(zip(names, value, strict=True)) for each in given for value in values]
    return given


@asynccontextmanager
async def of(cluster: Running) -> AsyncGenerator[Engines, None]:
    """Yield its engines, as a front sees them."""
    settings = ModelSettings()
    planned = await plan(["en"], ["en", "es"], settings, partial(thread_table, settings=settings))
    async with remotes(cluster.host, cluster.port, SECRET) as found:
        yield await engines(planned, found)


@pytest.fixture
def through(cluster: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests have the cluster where they start a server: a front of it, or for what differs a server of theirs on its engines."""
    serve = serving.served

    @asynccontextmanager
    async def served(**changes: Any) -> AsyncGenerator[str, None]:
        if not changes:
            yield cluster.address
            return
        async with AsyncExitStack() as stack:
            if "engines" not in changes:
                changes["engines"] = await stack.enter_async_context(of(cluster))
            yield await stack.enter_async_context(serve(**changes))

    for module in [*MODULES, asking, serving]:
        if hasattr(module, "served"):
            monkeypatch.setattr(module, "served", served)


@pytest.mark.usefixtures("through")
@pytest.mark.parametrize(("module", "test", "given"), cases())
def test_it_is_as_with_one_process(
    module: ModuleType, test: Callable[..., None], given: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    wanted = test.__code__.co_varnames[: test.__code__.co_argcount]
    test(**given, **{name: request.getfixturevalue(name) for name in wanted if name not in given})


def test_there_are_enough_of_them() -> None:
    assert len(cases()) > 40
