"""What a REST path answers when something is wrong: the status, the code, and when to try again."""

from __future__ import annotations

import json

import pytest

from assistant.errors import EngineError, EngineUnavailable, InputError, Overloaded, ParleyError
from server.auth import Denied
from server.rest.endpoint import refused


@pytest.mark.parametrize(
    ("error", "status", "after"),
    [
        (EngineUnavailable("No language model is there."), 503, "10"),
        (Overloaded("All 8 places are taken."), 503, "5"),
        (Overloaded("The server is shutting down.", 10), 503, "10"),
        (Denied(429, "rate_limit_exceeded", "That was too much.", 60), 429, "60"),
        (Denied(401, "invalid_api_key", "That key is wrong."), 401, None),
        (EngineError("This went wrong."), 500, None),
        (InputError("This is no sound."), 400, None),
    ],
)
def test_what_may_go_well_later_says_when(error: ParleyError | Denied, status: int, after: str | None) -> None:
    response = refused(error)
    assert (response.status_code, response.headers.get("retry-after")) == (status, after)
    assert json.loads(bytes(response.body))["error"]["code"] == error.code
