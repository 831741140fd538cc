"""`parley bench devices`: what the sound devices and the desktop client add to the latency, heard through a virtual cable."""

from __future__ import annotations

import asyncio
import random
import re
import sys
import time
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from assistant.errors import InputError
from assistant.latency import percentile
from assistant.settings import Settings
from clients.bench.cable import Cable, Tape, cable
from clients.bench.machine import fingerprint
from clients.bench.meeting import flags
from clients.bench.room import recording
from clients.cli.running import print_json
from clients.cli.stderr import counted

QUESTIONS = ("seven-times-eight", "five-minutes", "miles")

READY = "Speak; Ctrl-C ends."

AUDIBLE = 0.01
"""What is louder belongs to somebody's words."""

QUIET_S = 1.0
"""After so long without a sound a reply is over."""

BETWEEN_S = (0.5, 1.5)
"""People do not ask in step with anybody's buffers."""

LONGEST_S = 20.0
"""After so long without a reply the next question follows."""

TARGET_S = 0.06
"""What the client may add."""

_FIRST_AUDIO = re.compile(r"^ +first audio .* (\d+) ms$", re.MULTILINE)


@dataclass(frozen=True)
class Turn:
    """Seconds from the end of a question to the beginning of its answer."""

    devices_s: float
    """From the last sample that the microphone heard to the first that the speaker played."""
    inside_s: float
    """The same as the session tells it: until the first audio was given to the speaker."""


async def bench_devices(settings: Settings, n: int, *, seed: int, as_json: bool) -> None:
    """Hold a conversation of `n` questions with `parley talk` through a virtual cable; print what the way through the devices takes.

    Raises:
        InputError: there is no PulseAudio, or `parley talk` does not start.
    """
    async with cable() as sound:
        turns = await _conversation(sound, settings, n, random.Random(seed))
    added = [turn.devices_s - turn.inside_s for turn in turns]
    result: dict[str, Any] = {"n": len(turns), "unanswered": n - len(turns), "seed": seed, "machine": fingerprint()}
    for name, values in (
        ("devices", [turn.devices_s for turn in turns]), ("inside", [turn.inside_s for turn in turns]), ("added", added),
    ):  # fmt: skip
        result[name] = {f"p{share}": round(percentile(values, share / 100), 3) for share in (50, 95)}
    if as_json:
        print_json(result)
    else:
        _show(result)


async def _conversation(sound: Cable, settings: Settings, n: int, rng: random.Random) -> list[Turn]:
    command = [
        sys.executable,
        "-m",
        "clients.cli.main",
        *(part for flag in flags(settings) for part in ("--set", flag)),
        "talk",
        "--plain",
        "-v",
    ]
    child = await asyncio.create_subprocess_exec(
        *command, env=sound.environment, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stderr is not None
    facts = _Facts()
    following = asyncio.create_task(facts.follow(child.stderr), name="facts")
    try:
        while READY.encode() not in (line := await child.stdout.readline()):
            if not line:
                raise InputError(f"parley talk did not start: {facts.text.strip().splitlines()[-1:] or 'it said nothing'}.")
        reading = asyncio.create_task(child.stdout.read(), name="conversation")
        async with sound.recorded("microphone") as microphone, sound.recorded("speaker") as speaker:
            turns = []
            with counted("Asking", n) as done:
                for number in range(n):
                    await asyncio.sleep(rng.uniform(*BETWEEN_S))
                    if (turn := await _ask(sound, QUESTIONS[number % len(QUESTIONS)], microphone, speaker, facts)) is not None:
                        turns.append(turn)
                    done()
        child.terminate()
        await reading
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()
        await following
    if not turns:
        raise InputError("Nothing was answered; try parley talk itself.")
    return turns


async def _ask(sound: Cable, question: str, microphone: Tape, speaker: Tape, facts: _Facts) -> Turn | None:
    began_s, before = time.monotonic(), len(facts.inside_s)
    await sound.say(recording(question))
    while (heard := speaker.loud(began_s, AUDIBLE)) is None or time.monotonic() < heard[1] + QUIET_S or len(facts.inside_s) == before:
        if time.monotonic() > began_s + LONGEST_S:
            return None
        await asyncio.sleep(0.05)
    asked = microphone.loud(began_s, AUDIBLE)
    assert asked is not None
    return Turn(heard[0] - asked[1], facts.inside_s[before])


class _Facts:
    """What `-v` writes."""

    def __init__(self) -> None:
        self.text = ""

    async def follow(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self.text += line.decode(errors="replace")

    @property
    def inside_s(self) -> list[float]:
        """When each turn's first audio was given away, after the end of speech."""
        return [int(found) / 1000 for found in _FIRST_AUDIO.findall(self.text)]


def _show(result: dict[str, Any]) -> None:
    console = Console(emoji=False, highlight=False)
    console.print(f"{result['n']} questions through a virtual cable, seed {result['seed']}; {result['machine']}", soft_wrap=True)
    table = Table("from the end of speech", "p50, ms", "p95, ms")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, what in (
        ("inside", "to the first audio, in the process"), ("devices", "to the first sound, at the devices"), ("added", "so the client adds"),
    ):  # fmt: skip
        table.add_row(what, *(f"{result[name][share] * 1000:.0f}" for share in ("p50", "p95")))
    console.print(table)
    console.print(f"Target: the client adds at most {TARGET_S * 1000:.0f} ms. Not answered: {result['unanswered']}.")
