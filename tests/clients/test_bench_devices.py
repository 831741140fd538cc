"""A bench that speaks to a real talk says in one sentence why that does not start."""

from __future__ import annotations

import asyncio

import pytest

from assistant.errors import InputError
from assistant.settings import Settings
from clients.bench.cable import cable
from clients.bench.cabled import talk


def test_a_talk_that_does_not_start_is_one_sentence() -> None:
    async def work() -> None:
        async with cable() as sound, talk(sound, Settings(microphone="nope")):
            pass

    with pytest.raises(
        InputError, match=r"^parley talk did not start: There is no microphone named 'nope'; the microphones are: .*[^.]\.$"
    ):
        asyncio.run(work())
