"""Somebody who talks with `parley talk` through a virtual cable: asks, listens to the answer, and looks at the clock."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from assistant.audio import Samples
from clients.bench.cable import Cable, Tape, cable

ROOT = Path(__file__).parents[3]
READY = "Speak; Ctrl-C ends."
AUDIBLE = 0.01
QUIET_S = 0.7
"""After so long without a sound an answer is over."""

SOON_S = 15.0
"""So long an answer is waited for: a busy machine takes its time."""

STEP_MS = 50
"""Of the tapes: so that they take nothing from who is listened to."""

SAID_MS = 500
"""What the server may have ahead of what is said, so that nothing of it is lost."""

STARTS_S = 120.0
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

_FIRST_AUDIO = re.compile(r"^ +first audio .* (\d+) ms$", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """What was heard of an answer; seconds from the end of the question to its beginning."""

    sound: Samples
    devices_s: float
    """From the last sample that the microphone heard to the first that the speaker played."""
    inside_s: float
    """The same as the program tells it: until it gave the first audio to the speaker."""


class Talk:
    """A running one; see `talking`."""

    def __init__(self, sound: Cable, child: asyncio.subprocess.Process, microphone: Tape, speaker: Tape) -> None:
        self._sound, self._child, self._microphone, self._speaker = sound, child, microphone, speaker
        self.out = self.err = ""
        """What it wrote so far."""

    async def ask(self, question: Samples, *, after_s: float = 0.0) -> Answer | None:
        """Be silent for so long, say something, and listen to the answer; None where none comes."""
        await asyncio.sleep(after_s)
        began_s, before = time.monotonic(), len(self._inside_s)
        await self._sound.say(question, SAID_MS)
        end_s = time.monotonic() + SOON_S
        while (
            (heard := self._speaker.loud(began_s, AUDIBLE)) is None
            or time.monotonic() < heard[1] + QUIET_S
            or len(self._inside_s) == before  # it tells that once the answer was played
        ):
            if time.monotonic() > end_s:
                return None
            await asyncio.sleep(0.05)
        asked = self._microphone.loud(began_s, AUDIBLE)
        assert asked is not None
        return Answer(self._speaker.since(began_s), heard[0] - asked[1], self._inside_s[before])

    @property
    def _inside_s(self) -> list[float]:
        return [int(found) / 1000 for found in _FIRST_AUDIO.findall(self.err)]

    @property
    def rss_mib(self) -> float:
        """Return what the program and the processes of its engines have in memory."""
        return sum(_rss_bytes(pid) for pid in _session(self._child.pid)) / 2**20

    async def read(self) -> None:
        """Read what it writes, until it ends."""
        assert self._child.stdout
        assert self._child.stderr
        async with asyncio.TaskGroup() as group:
            group.create_task(self._collect(self._child.stdout, "out"))
            group.create_task(self._collect(self._child.stderr, "err"))

    async def _collect(self, stream: asyncio.StreamReader, where: str) -> None:
        while line := await stream.readline():
            setattr(self, where, getattr(self, where) + line.decode(errors="replace"))


@asynccontextmanager
async def talking(*words: str) -> AsyncGenerator[Talk, None]:
    """Start it with these words behind `talk`, and end it as a person does, with Ctrl-C."""
    command = [sys.executable, "-m", "clients.cli.main", "--set", "server.keep_days=0", "talk", "--plain", "-v", *words]
    async with cable() as sound, sound.recorded("microphone", STEP_MS) as microphone, sound.recorded("speaker", STEP_MS) as speaker:
        child = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=sound.environment, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        talk = Talk(sound, child, microphone, speaker)
        reading = asyncio.create_task(talk.read(), name="what it writes")
        try:
            async with asyncio.timeout(STARTS_S):
                while READY not in talk.out:
                    assert child.returncode is None, talk.err
                    await asyncio.sleep(0.05)
            yield talk
            os.killpg(child.pid, signal.SIGINT)
            await reading
            assert await child.wait() == 0, talk.err
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            await child.wait()
            await reading


def _session(number: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(") ")[2].split()[3]) == number:
                found.append(int(stat.parent.name))
    return found


def _rss_bytes(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
    return 0
