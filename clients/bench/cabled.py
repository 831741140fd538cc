"""Somebody who speaks to `parley talk` through a virtual cable, and hears how soon it answers and falls silent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from assistant.audio import Samples
from assistant.errors import InputError
from assistant.settings import Settings
from clients.bench.cable import Cable, Tape
from clients.bench.meeting import parley

READY = "Speak; Ctrl-C ends."

AUDIBLE = 0.01
"""What is louder belongs to somebody's words."""

SILENT = 1e-4
"""What is louder is not silence: the pauses of a voice are, and a reply that goes on softly."""

QUIET_S = 1.0
"""After so long without a sound a reply is over."""

STOPPED_S = 0.6
"""After so long it was stopped: pauses between phrases are shorter, and the next reply comes later."""

LONGEST_S = 20.0
"""After so long without a reply the next question follows."""

STOPPED = "ReplyStopped "


@dataclass(frozen=True)
class Stop:
    """How a reply ended that somebody spoke into, in seconds until the speaker's last sample."""

    from_speech_s: float
    """From the first sample that the microphone heard."""
    from_decision_s: float
    """From when the decision was told."""


class Talk:
    """A running `parley talk`; see `talk`."""

    def __init__(self, cable: Cable, microphone: Tape, speaker: Tape) -> None:
        self._cable, self._microphone, self._speaker = cable, microphone, speaker
        self._stopped_s: list[float] = []
        self.said = ""
        """The last line that `-v` wrote."""

    async def ask(self, question: Samples) -> float | None:
        """Return the seconds from the last sample that the microphone heard to the first that the speaker played; None without an answer."""
        began_s = time.monotonic()
        await self._cable.say(question)
        if not await self._falls_silent(began_s, AUDIBLE, QUIET_S):
            return None
        asked, heard = self._microphone.loud(began_s, AUDIBLE), self._speaker.loud(began_s, AUDIBLE)
        assert asked is not None
        assert heard is not None
        return heard[0] - asked[1]

    async def interrupt(self, question: Samples, after_s: float, interruption: Samples) -> Stop | None:
        """Ask, speak into the answer after so long, and return how it ended; None if it was not stopped, or there was none."""
        before, asked_s = len(self._stopped_s), time.monotonic()
        await self._cable.say(question)
        while self._speaker.loud(asked_s, AUDIBLE) is None:
            if time.monotonic() > asked_s + LONGEST_S:
                return None
            await asyncio.sleep(0.02)
        await asyncio.sleep(after_s)
        began_s = time.monotonic()
        saying = asyncio.create_task(self._cable.say(interruption), name="interruption")
        try:
            if not await self._falls_silent(began_s, SILENT, STOPPED_S):
                return None
            ended, spoken = self._speaker.loud(began_s, SILENT), self._microphone.loud(began_s, AUDIBLE)
        finally:
            await saying
        await self._falls_silent(time.monotonic(), AUDIBLE, QUIET_S)  # the answer to the interruption
        if ended is None or spoken is None or len(self._stopped_s) == before:
            return None
        return Stop(ended[1] - spoken[0], ended[1] - self._stopped_s[before])

    async def _falls_silent(self, since_s: float, above: float, quiet_s: float) -> bool:
        """Wait until the speaker has sounded since then and been quiet for so long; tell whether it did."""
        while (heard := self._speaker.loud(since_s, above)) is None or time.monotonic() < heard[1] + quiet_s:
            if time.monotonic() > since_s + LONGEST_S:
                return False
            await asyncio.sleep(0.05)
        return True

    async def follow(self, stream: asyncio.StreamReader) -> None:
        """Take note of what `-v` writes, until it ends."""
        while line := (await stream.readline()).decode(errors="replace"):
            self.said = line.strip() or self.said
            if STOPPED in line:
                self._stopped_s.append(time.monotonic())


@asynccontextmanager
async def talk(cable: Cable, settings: Settings) -> AsyncGenerator[Talk, None]:
    """Run `parley talk` with these settings until the block is left.

    Raises:
        InputError: it does not start.
    """
    child = await asyncio.create_subprocess_exec(
        *parley(settings, "talk", "--plain", "-v"),
        env=cable.environment, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stderr is not None
    try:
        async with cable.recorded("microphone") as microphone, cable.recorded("speaker") as speaker:
            made = Talk(cable, microphone, speaker)
            following: list[asyncio.Task[Any]] = [asyncio.create_task(made.follow(child.stderr), name="facts")]
            while READY.encode() not in (line := await child.stdout.readline()):
                if not line:
                    await following[0]
                    said = made.said.removeprefix("parley: ").removesuffix(".")
                    raise InputError(f"parley talk did not start: {said or 'it said nothing'}.")
            following.append(asyncio.create_task(child.stdout.read(), name="conversation"))
            try:
                yield made
            finally:
                child.terminate()
                await asyncio.wait(following)
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()
