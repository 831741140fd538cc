from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest

from assistant.audio import Samples
from assistant.errors import InputError
from clients.desktop.devices import LOST_S, find
from clients.desktop.speaker import BLOCK_S, RING_S, Speaker
from tests.clients.desktop.conftest import FakePortAudio, FakeStream
from tests.conftest import Run, pass_time

RATE_HZ = 1000
"""Low, so that numbers are short: a block has 10 samples, and 1 ms is a sample."""

Scene = Callable[["Room"], Coroutine[Any, Any, None]]


def sound(count: int, level: float = 0.5) -> Samples:
    return np.full(count, level, np.float32)


class Room:
    """A speaker on a device that pulls a block every 10 ms, 0.1 s before it is heard."""

    def __init__(self, portaudio: FakePortAudio) -> None:
        self._portaudio = portaudio
        self.told: list[tuple[str, float]] = []
        self.played: list[float] = []
        self.pulling = True

    def tell(self, what: str) -> Callable[[], None]:
        loop = asyncio.get_running_loop()
        return lambda: self.told.append((what, round(loop.time(), 3)))

    @property
    def stream(self) -> FakeStream:
        return self._portaudio.streams[0]

    @property
    def sounds(self) -> list[float]:
        """What was pulled that is no silence."""
        return [sample for sample in self.played if sample]

    async def pull(self) -> None:
        while True:
            await asyncio.sleep(BLOCK_S)
            if self.pulling:
                self.played += self.stream.pull(self.stream.options["blocksize"]).tolist()

    async def play(self, scene: Scene) -> None:
        with Speaker(find("speaker", None), RATE_HZ, started=self.tell("started"), drained=self.tell("drained")) as self.speaker:
            pulling = asyncio.create_task(self.pull())
            try:
                async with asyncio.timeout(100):
                    await scene(self)
            finally:
                pulling.cancel()
                await asyncio.wait([pulling])
        assert self.stream.state == "closed"


@pytest.fixture
def act(portaudio: FakePortAudio, virtual: Run) -> Callable[[Scene], Room]:
    def run(scene: Scene) -> Room:
        room = Room(portaudio)
        virtual(room.play(scene))
        return room

    return run


def test_plays_all_and_tells_when_it_is_heard(act: Callable[[Scene], Room]) -> None:
    async def scene(room: Room) -> None:
        await asyncio.sleep(1.005)
        assert not room.speaker.sounding
        room.speaker.play(sound(30), RATE_HZ)
        room.speaker.play(sound(10, 0.25), RATE_HZ)
        assert room.speaker.sounding
        await room.speaker.silent()
        assert not room.speaker.sounding

    room = act(scene)
    assert room.sounds == [0.5] * 30 + [0.25] * 10
    assert room.told == [("started", 1.11), ("drained", 1.15)]  # pulled from 1.01 to 1.04; nothing more at 1.05


def test_longer_than_the_ring_is_played_whole(act: Callable[[Scene], Room]) -> None:
    levels = np.linspace(0.1, 0.9, round(3.3 * RING_S * RATE_HZ)).astype(np.float32)

    async def scene(room: Room) -> None:
        room.speaker.play(levels, RATE_HZ)
        room.speaker.play(sound(5), RATE_HZ)
        await room.speaker.silent()

    room = act(scene)
    assert room.sounds == levels.tolist() + [0.5] * 5
    assert [what for what, _ in room.told] == ["started", "drained"]


def test_more_in_time_is_no_new_start(act: Callable[[Scene], Room]) -> None:
    async def scene(room: Room) -> None:
        room.speaker.play(sound(100), RATE_HZ)
        await asyncio.sleep(0.18)  # the callback has found nothing more, the ear still hears the last of it
        room.speaker.play(sound(100), RATE_HZ)
        await room.speaker.silent()
        room.speaker.play(sound(100), RATE_HZ)
        await room.speaker.silent()

    assert [what for what, _ in act(scene).told] == ["started", "drained", "started", "drained"]


def test_cleared_it_is_silent_at_once_and_tells_nothing(act: Callable[[Scene], Room]) -> None:
    async def scene(room: Room) -> None:
        room.speaker.play(sound(50_000), RATE_HZ)
        await asyncio.sleep(1)
        room.speaker.clear()
        before = len(room.sounds)
        assert room.speaker.sounding, "the device still holds some"
        await room.speaker.silent()
        assert asyncio.get_running_loop().time() < 1.2
        assert len(room.sounds) == before
        await asyncio.sleep(1)

    assert [what for what, _ in act(scene).told] == ["started"]


def test_cleared_before_it_is_heard_it_never_started(act: Callable[[Scene], Room]) -> None:
    async def scene(room: Room) -> None:
        room.speaker.play(sound(500), RATE_HZ)
        await asyncio.sleep(0.05)
        room.speaker.clear()
        await asyncio.sleep(1)

    assert act(scene).told == []


def test_what_follows_a_clear_is_a_new_start(act: Callable[[Scene], Room]) -> None:
    async def scene(room: Room) -> None:
        room.speaker.play(sound(50_000), RATE_HZ)
        await asyncio.sleep(1)
        room.speaker.clear()
        room.speaker.play(sound(32, 0.25), RATE_HZ)
        await room.speaker.silent()

    room = act(scene)
    assert room.sounds[-33:] == [0.5] + [0.25] * 32
    assert [what for what, _ in room.told] == ["started", "started", "drained"]


def test_another_rate_is_resampled_as_one_stream(act: Callable[[Scene], Room]) -> None:
    tone = np.sin(2 * np.pi * 40 * np.arange(2000) / 2000).astype(np.float32)

    async def scene(room: Room) -> None:
        for start in range(0, tone.size, 130):
            room.speaker.play(tone[start : start + 130], 2000)
        room.speaker.finish()
        await room.speaker.silent()

    played = np.array(act(scene).played)
    heard = played[np.flatnonzero(played)[0] :][:1000]
    expected = np.sin(2 * np.pi * 40 * np.arange(1000) / 1000)
    assert np.max(np.abs(heard[50:950] - expected[50:950])) < 0.02


def test_a_device_with_a_rate_of_its_own(portaudio: FakePortAudio, virtual: Run) -> None:
    portaudio.rates_hz = (48_000,)
    room = Room(portaudio)

    async def scene(room: Room) -> None:
        room.speaker.play(sound(100), RATE_HZ)
        room.speaker.finish()
        await room.speaker.silent()

    virtual(room.play(scene))
    assert len(room.sounds) == pytest.approx(4800, abs=50)


def test_nothing_to_play_is_silent(act: Callable[[Scene], Room]) -> None:
    async def scene(room: Room) -> None:
        room.speaker.play(sound(0), RATE_HZ)
        room.speaker.finish()
        room.speaker.clear()
        await room.speaker.silent()
        assert asyncio.get_running_loop().time() == 0

    assert act(scene).told == []


def test_counts_underflows(act: Callable[[Scene], Room]) -> None:
    async def scene(room: Room) -> None:
        room.stream.pull(10, output_underflow=True)
        assert room.speaker.underflows == 1

    act(scene)


@pytest.mark.parametrize("how", ["ends", "stands still"])
def test_a_device_that_goes_is_one_sentence(act: Callable[[Scene], Room], how: str) -> None:
    async def scene(room: Room) -> None:
        room.speaker.play(sound(50_000), RATE_HZ)
        await asyncio.sleep(20)
        room.speaker.check()
        room.pulling = False
        if how == "ends":
            room.stream.vanish()
        with pytest.raises(InputError, match=r"^The speaker 0: Virtual .* is gone; connect it again"):
            await room.speaker.silent()
        assert asyncio.get_running_loop().time() - 20 < (0.1 if how == "ends" else 1.5 * LOST_S)

    act(scene)


def test_cancelled_while_it_plays_it_closes_the_device(portaudio: FakePortAudio, virtual: Run) -> None:
    room = Room(portaudio)

    async def scene(room: Room) -> None:
        room.speaker.play(sound(50_000), RATE_HZ)
        await room.speaker.silent()

    async def main() -> None:
        task = asyncio.create_task(room.play(scene))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    virtual(main())
    assert room.stream.state == "closed"


def test_a_reply_may_go_on_softly(act: Callable[[Scene], Room]) -> None:
    async def scene(room: Room) -> None:
        room.speaker.play(sound(64), RATE_HZ)
        room.speaker.finish()
        await asyncio.sleep(2 * BLOCK_S)
        room.speaker.level = 0.25
        await room.speaker.silent()

    levels = {round(level, 3) for level in act(scene).sounds}
    assert {0.125, 0.5} <= levels
    assert max(levels) <= 0.5


def test_a_process_that_was_stopped_does_not_take_its_speaker_for_gone(act: Callable[[Scene], Room]) -> None:
    async def scene(room: Room) -> None:
        await asyncio.sleep(1)
        room.speaker.check()
        room.pulling = False
        pass_time(asyncio.get_running_loop(), 60.0)
        room.speaker.check()
        await asyncio.sleep(1)
        room.speaker.check()
        room.pulling = True
        await asyncio.sleep(1)
        room.speaker.check()

    act(scene)
