"""A long talk in a short time: real engines and the desktop's own parts on a card whose clock jumps, watched for drift, growth and xruns.

`python -m tests.clients.desktop.soak --hours 2` prints one line for each ten minutes; `--real-time --minutes 10` talks with `parley talk` itself,
through PulseAudio, and prints one for each minute.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from assistant.engines import LanguageModel, Message, Piece, ToolSpec
from assistant.latency import percentile
from assistant.respond import Chat
from assistant.session import Session
from assistant.settings import Settings
from assistant.tools import Toolbox
from assistant.turns import Policy
from clients.bench.jump import JumpingLoop
from clients.bench.overlap import Timed
from clients.bench.room import recording
from clients.bench.scene import Standing
from clients.cli.hearing import cleaner
from clients.cli.mouth import Mouth
from clients.cli.running import manners
from clients.desktop import devices
from clients.desktop.devices import Choice
from clients.desktop.sound import Sound
from models.load import load
from tests.clients.desktop.card import Card
from tests.clients.desktop.soak_real_time import Minute
from tests.clients.desktop.soak_real_time import soak as in_real_time

QUESTIONS = ("seven-times-eight", "miles")
BETWEEN_S = (6.0, 20.0)
ANSWERED_S = 5.0
STRETCH_S = 600.0
DRIFT_PPM = 80.0


@dataclass
class Stretch:
    """Ten minutes of it."""

    asked: int = 0
    lags_s: list[float] = field(default_factory=list)
    """From the end of each question to the first sound at the speaker."""
    rss_mib: float = 0.0


@dataclass
class Soaked:
    stretches: list[Stretch]
    xruns: int
    most_waiting_s: float
    """Sound of the microphone that waited to be heard, at most."""


class _StandingModel:
    """A model that writes while the clock stands still."""

    def __init__(self, model: LanguageModel, loop: JumpingLoop) -> None:
        self._model, self._loop = model, loop

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    async def generate(
        self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = (), most_tokens: int = 200
    ) -> AsyncGenerator[Piece, None]:
        with self._loop.at_work():
            async with aclosing(self._model.generate(messages, tools=tools, most_tokens=most_tokens)) as pieces:
                found = [piece async for piece in pieces]
        for piece in found:
            yield piece

    async def anticipate(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> float:
        with self._loop.at_work():
            return await self._model.anticipate(messages, tools=tools)


def soak(seconds: float, stretch_s: float = STRETCH_S, seed: int = 0) -> Soaked:
    """Talk for so long on the card's clock."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(_talk(seconds, stretch_s, random.Random(seed)))


async def _talk(seconds: float, stretch_s: float, rng: random.Random) -> Soaked:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    with loop.at_work():
        loaded = await load(["en"])
    engines = replace(
        loaded,
        recognizers={"en": Timed(loaded.recognizers["en"], loop)},
        voices={"en": Standing(loaded.voices["en"], loop)},
        language_model=_StandingModel(loaded.language_model, loop),
    )
    card, settings, original = Card(drift_ppm=DRIFT_PPM), Settings(), devices.portaudio
    devices.portaudio = lambda: card
    try:
        return await _on(card, engines, settings, loop, seconds, stretch_s, rng)
    finally:
        devices.portaudio = original
        with loop.at_work():
            await loaded.close()


async def _on(
    card: Card, engines: Any, settings: Settings, loop: JumpingLoop, seconds: float, stretch_s: float, rng: random.Random
) -> Soaked:
    mouth, chat = Mouth(), Chat(engines.language_model, Toolbox(lambda: datetime.now().astimezone()))
    behaviour = manners(settings, policy=Policy(interrupts=True), hears_itself=True)
    failed: list[str] = []
    async with Session(engines, chat, [mouth], behaviour) as session:
        choices = [Choice.of(kind, None) for kind in ("microphone", "speaker")]
        with Sound(
            *choices, engines.voices["en"].sample_rate_hz, started=session.playback_started, drained=session.playback_done,
            cut=session.interrupt, gone=failed.append, back=failed.append, clean=partial(cleaner, settings),
        ) as sound:  # fmt: skip
            mouth.use(sound)
            waiting = 0.0

            async def hear() -> None:
                nonlocal waiting
                async for block in sound:
                    waiting = max(waiting, block.size / 16_000)
                    session.hear(sound.clean(block))

            hearing, stretches = asyncio.create_task(hear()), list[Stretch]()
            while loop.time() < seconds:
                stretches.append(stretch := Stretch())
                until_s = loop.time() + stretch_s
                while loop.time() < until_s:
                    card.say(recording(QUESTIONS[stretch.asked % len(QUESTIONS)]))
                    stretch.asked += 1
                    await asyncio.sleep(rng.uniform(*BETWEEN_S))
                    if card.ended_s is not None and card.sounded_s is not None and card.sounded_s - card.ended_s < ANSWERED_S:
                        stretch.lags_s.append(card.sounded_s - card.ended_s)
                stretch.rss_mib = _rss_mib()
            assert not hearing.done(), hearing.exception()
            hearing.cancel()
            await asyncio.wait([hearing])
            assert failed == []
            return Soaked(stretches, sound.xruns.overflows + sound.xruns.underflows, waiting)


def _rss_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


def main() -> None:
    """Print one line for each stretch."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--real-time", action="store_true")
    parser.add_argument("--minutes", type=float, default=10.0, help="of real time")
    given = parser.parse_args()
    if given.real_time:
        _in_real_time(given.minutes)
        return
    found = soak(3600 * given.hours)
    for number, stretch in enumerate(found.stretches, 1):
        print(
            f"{number * STRETCH_S / 60:5.0f} min  answered {len(stretch.lags_s)} of {stretch.asked}  lag p50 / p95 {_spread(stretch.lags_s)}"
            f"  {stretch.rss_mib:.1f} MiB"
        )
    print(f"xruns {found.xruns}, most sound that waited {found.most_waiting_s * 1000:.0f} ms")


def _in_real_time(minutes: float) -> None:
    def tell(number: int, minute: Minute) -> None:
        print(
            f"{number:5} min  answered {len(minute.devices_s)} of {minute.asked}  lag p50 / p95 at the devices {_spread(minute.devices_s)}, "
            f"in the process {_spread(minute.inside_s)}  {minute.rss_mib:.1f} MiB", flush=True,
        )  # fmt: skip

    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # in the background it is ignored, and so would be the Ctrl-C that ends the talk
    found = asyncio.run(in_real_time(minutes, tell))
    first, last = found.minutes[0], found.minutes[-1]
    answered, asked = sum(len(minute.devices_s) for minute in found.minutes), sum(minute.asked for minute in found.minutes)
    print(f"answered {answered} of {asked}; xruns of the microphone {found.xruns[0]}, of the speaker {found.xruns[1]}")
    print(
        f"from the first to the last minute: lag p50 at the devices {_spread(first.devices_s)} to {_spread(last.devices_s)}, "
        f"memory {100 * (last.rss_mib / first.rss_mib - 1):+.1f} %"
    )


def _spread(lags_s: Sequence[float]) -> str:
    return f"{1000 * percentile(lags_s, 0.5):.0f} / {1000 * percentile(lags_s, 0.95):.0f} ms" if lags_s else "-"


if __name__ == "__main__":
    main()
