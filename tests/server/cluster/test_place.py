"""What Ray is told, and what a person is told where it cannot be."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import ray
from ray.exceptions import AuthenticationError

from assistant.errors import InputError
from server.cluster.place import Ray

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Ray Serve's, when it is imported


@pytest.fixture(autouse=True)
def same_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RAY_USAGE_STATS_ENABLED", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "RAY_AUTH_MODE", "RAY_AUTH_TOKEN"):
        monkeypatch.setenv(name, "")  # and put back afterwards


def test_a_ray_of_its_own_joins_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def init(address: str | None, **_: Any) -> None:
        asked.append(address)
        raise RuntimeError("too many open files")

    monkeypatch.setattr(ray, "init", init)
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    with pytest.raises(InputError, match=r"Ray cannot be started \(too many open files\)"):
        Ray(None, 1.0)
    assert asked == ["local"]


def test_a_ray_that_lets_nobody_in_is_told_with_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(*_: Any, **__: Any) -> None:
        raise AuthenticationError("Token authentication is enabled but no token was found")

    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(InputError) as refused:
        Ray("auto", 1.0)
    assert str(refused.value) == (
        "Ray at auto cannot be joined (Token authentication is enabled but no token was found); start it there (ray start --head), "
        "and give both the same RAY_AUTH_TOKEN, with RAY_AUTH_MODE=token."
    )


def test_fronts_end_before_the_engines_that_their_last_replies_need(monkeypatch: pytest.MonkeyPatch) -> None:
    from ray import serve

    there, told = {"voice-en": 0, "front": 3, "language-model": 0, "another": 0}, list[str]()
    """Looks that are taken until they have ended."""

    def delete(name: str, _blocking: bool) -> None:
        told.append(name)

    def status() -> SimpleNamespace:
        for name in told:
            if there.get(name) == 0:
                told.append(f"{name} is gone")
                del there[name]
            elif name in there:
                there[name] -= 1
        return SimpleNamespace(applications=dict(there))

    monkeypatch.setattr(ray, "init", lambda *_, **__: None)
    monkeypatch.setattr(ray, "shutdown", lambda: None)
    monkeypatch.setattr(serve, "delete", delete)
    monkeypatch.setattr(serve, "status", status)
    one = Ray(None, 1.0)
    one._deployed = ["voice-en", "front", "language-model"]
    one.close()
    assert told[:3] == ["front", "front is gone", "voice-en"]
    assert list(there) == ["another"]
