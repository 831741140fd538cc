"""`parley talk` for some minutes through a virtual cable, in real time: does its lag drift, its memory grow, is sound lost?"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from clients.bench.room import recording
from tests.clients.desktop.talking import Talk, talking

QUESTIONS = ("seven-times-eight", "miles", "five-minutes")
BETWEEN_S = (2.0, 8.0)
MINUTE_S = 60.0

_XRUNS = re.compile(r"xruns of the microphone (\d+), of the speaker (\d+)")


@dataclass
class Minute:
    """One of it."""

    asked: int = 0
    devices_s: list[float] = field(default_factory=list)
    """From the end of each question that was answered to the first sound of the answer, at the devices."""
    inside_s: list[float] = field(default_factory=list)
    """The same as the program tells it."""
    rss_mib: float = 0.0
    """Of all its processes, at the end."""


@dataclass
class Soaked:
    minutes: list[Minute]
    xruns: tuple[int, int]
    """Of the microphone and of the speaker."""


async def soak(minutes: float, told: Callable[[int, Minute], None], seed: int = 0) -> Soaked:
    """Talk for so long; each minute is told of when it is over."""
    rng, found = random.Random(seed), list[Minute]()
    async with talking() as talk:
        end_s = time.monotonic() + minutes * MINUTE_S
        while not found or end_s - time.monotonic() > MINUTE_S / 2:
            found.append(await _minute(talk, rng, end_s))
            told(len(found), found[-1])
    cut = _XRUNS.search(talk.out)
    return Soaked(found, (int(cut[1]), int(cut[2])) if cut else (0, 0))


async def _minute(talk: Talk, rng: random.Random, end_s: float) -> Minute:
    minute, until_s = Minute(), time.monotonic() + MINUTE_S
    if end_s - until_s < MINUTE_S / 2:
        until_s = end_s  # the last one is a little longer, or shorter
    while time.monotonic() < until_s:
        answer = await talk.ask(recording(QUESTIONS[minute.asked % len(QUESTIONS)]), after_s=rng.uniform(*BETWEEN_S))
        minute.asked += 1
        if answer is not None:
            minute.devices_s.append(answer.devices_s)
            minute.inside_s.append(answer.inside_s)
    minute.rss_mib = talk.rss_mib
    return minute
