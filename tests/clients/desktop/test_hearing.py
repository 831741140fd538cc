"""While nobody speaks the microphone is looked at less often, and all of it is heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from assistant.attention import Attention
from assistant.audio import CHUNK_SAMPLES, LISTEN_RATE_HZ, Samples
from assistant.settings import Settings
from clients.bench.jump import JumpingLoop
from clients.cli.controls import Controls
from clients.cli.hearing import cleaner, hear
from clients.cli.stage import Stage
from clients.desktop import devices
from clients.desktop.devices import Choice
from clients.desktop.ears import Ears, Way
from clients.desktop.sound import Sound
from tests.clients.desktop.card import Card


class Hearer:
    """Rests when it is told to, and remembers the sizes of what it hears."""

    def __init__(self) -> None:
        self.at_rest = True
        self.sizes: list[int] = []

    def hear(self, samples: Samples) -> None:
        self.sizes.append(samples.size)

    def hear_no_more(self) -> None:
        pass


def nothing(*_: object) -> None:
    pass


def heard(monkeypatch: pytest.MonkeyPatch, seconds: float, meanwhile: Callable[[Hearer, Sound], None] = nothing) -> list[int]:
    """Return the sizes of what is heard of a card within so long."""

    async def listen() -> list[int]:
        card = Card(drift_ppm=0.0)
        monkeypatch.setattr(devices, "portaudio", lambda: card)
        hearer, stage = Hearer(), Stage(full=False, verbose=False)
        ears = Ears(Way.OPEN)
        controls = Controls(ears, Attention(stage, 0.0), [Way.OPEN], interrupt=nothing, change=nothing, now_s=lambda: 0.0)
        with Sound(
            Choice.of("microphone", None), Choice.of("speaker", None), LISTEN_RATE_HZ, started=nothing, drained=nothing,
            cut=nothing, gone=nothing, back=nothing, clean=partial(cleaner, Settings()),
        ) as sound:  # fmt: skip
            meanwhile(hearer, sound)
            hearing = asyncio.create_task(hear(sound, ears, stage, controls, [hearer]))
            await asyncio.sleep(seconds)
            hearing.cancel()
            await asyncio.wait([hearing])
        return hearer.sizes

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(listen())


def test_several_chunks_at_once_while_it_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = heard(monkeypatch, 10.0)
    assert sum(sizes) >= 9.7 * LISTEN_RATE_HZ, "nothing is left out"
    assert np.median(sizes) >= 3 * CHUNK_SAMPLES
    assert max(sizes) <= 0.2 * LISTEN_RATE_HZ


def wake(hearer: Hearer, _: Sound) -> None:
    hearer.at_rest = False


def speak(_: Hearer, sound: Sound) -> None:
    sound.play(np.full(5 * LISTEN_RATE_HZ, 0.1, np.float32), LISTEN_RATE_HZ)


@pytest.mark.parametrize("why", [wake, speak])
def test_every_chunk_at_once_while_somebody_speaks(monkeypatch: pytest.MonkeyPatch, why: Callable[[Hearer, Sound], None]) -> None:
    sizes = heard(monkeypatch, 4.0, why)
    assert sum(sizes) >= 3.7 * LISTEN_RATE_HZ
    assert max(sizes[5:]) <= 2 * CHUNK_SAMPLES
