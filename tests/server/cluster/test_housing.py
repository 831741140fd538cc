"""A replica, as Ray Serve asks how it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

import pytest

from assistant.errors import EngineError
from server.cluster import housing
from server.cluster.directory import Place
from server.cluster.head import Head, at_head
from server.cluster.housing import FrontHouse, FrontTold, _House
from tests.models.working import run, until
from tests.server.cluster.doors import HOST, SECRET

PLACE = Place("counter", HOST, 1, "here")


class Front(FrontHouse):
    """One that no Ray Serve ends."""

    def __del__(self) -> None:  # type: ignore[override]
        """End without Ray Serve, which would wait for it."""


class House(_House):
    """One with nothing in it."""

    ill = ""

    def __del__(self) -> None:  # type: ignore[override]
        """End without Ray Serve, which would wait for it."""

    def _ailing(self) -> str:
        return self.ill

    async def _begin(self) -> Place:
        return PLACE


def test_one_that_is_ill_is_off_the_list_and_says_so() -> None:
    async def work() -> None:
        async with at_head(HOST, SECRET, "here", None) as (directory, head):
            house = House(head)
            await house.check_health()  # before it begins
            await house.reconfigure({})
            await until(lambda: directory.places == (PLACE,))
            await house.check_health()
            house.ill = "The process of the counter was ended by SIGKILL."
            with pytest.raises(RuntimeError, match="was ended by SIGKILL"):
                await house.check_health()
            await until(lambda: not directory.places)
            house.ill = ""
            with pytest.raises(RuntimeError, match="is off the list of the cluster"):
                await house.check_health()

    run(work())


def test_one_that_cannot_be_on_the_list_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_: Any) -> AsyncGenerator[Any, None]:
        raise EngineError("A directory knows no 'present'.")
        yield

    monkeypatch.setattr(housing, "followed", refused)

    async def work() -> None:
        house = House(Head(HOST, 1, SECRET, keeps=False))
        await house.reconfigure({})
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match=r"off the list of the cluster \(A directory knows no 'present'\.\)"):
            await house.check_health()

    run(work())


async def _raising() -> None:
    raise OSError("the port is gone")


async def _returning() -> None:
    """End as one that was told to."""


@pytest.mark.parametrize(("end", "why"), [(_raising, "OSError: the port is gone"), (_returning, "it stopped serving, without an error")])
def test_a_front_that_has_ended_says_why(end: Callable[[], Coroutine[Any, Any, None]], why: str) -> None:
    async def work() -> None:
        front = Front(FrontTold(Head(HOST, 1, SECRET, keeps=False), None, None))  # type: ignore[arg-type]
        assert not front._ailing()
        front._serving = asyncio.create_task(end())
        await asyncio.wait([front._serving])
        assert front._ailing() == f"The front has ended ({why})."

    run(work())
