"""The life of a talk's devices, on a PortAudio and a clock that do what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest

from assistant.audio import Samples, silence
from assistant.errors import InputError
from clients.desktop.devices import LOST_S, STOPPED_S, Choice
from clients.desktop.sound import MOST_LATENCY_S, TRY_S, Sound, Xruns
from tests.clients.desktop.conftest import FakePortAudio, FakeStream
from tests.conftest import Run, pass_time

BLOCK_S = 0.032

Scene = Callable[["Talk"], Coroutine[Any, Any, None]]


class Talk:
    """A talk's sound, and what it said of itself; its devices tick while they are there."""

    def __init__(self, portaudio: FakePortAudio, microphone: str | None, speaker: str | None) -> None:
        self.portaudio = portaudio
        self.wanted = microphone, speaker
        self.told: list[str] = []
        self.cuts: list[float] = []
        self.heard: list[float] = []
        self.played: list[float] = []
        self.cleaned = 0

    @property
    def streams(self) -> list[FakeStream]:
        """Speaker and microphone, as they are now."""
        return self.portaudio.streams[-2:]

    async def play(self, scene: Scene) -> None:
        tell = self.told.append

        def clean(*_: object) -> Callable[[Samples], Samples]:
            self.cleaned += 1
            return lambda block: block

        microphone, speaker = Choice.of("microphone", self.wanted[0]), Choice.of("speaker", self.wanted[1])
        with Sound(
            microphone, speaker, 16_000, started=lambda: tell("started"), drained=lambda: tell("drained"),
            cut=self.cuts.append, gone=tell, back=tell, clean=clean,
        ) as self.sound:  # fmt: skip
            tasks = [asyncio.create_task(self._tick()), asyncio.create_task(self._listen())]
            try:
                await scene(self)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
        assert all(stream.state == "closed" for stream in self.portaudio.streams)
        for task in tasks:
            if not task.cancelled():
                task.result()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(BLOCK_S)
            for stream, output in zip(self.streams, (True, False), strict=True):
                if stream.state == "running" and output:
                    self.played += stream.pull(512).tolist()
                elif stream.state == "running":
                    stream.push(np.full(512, 0.1, np.float32))

    async def _listen(self) -> None:
        async for block in self.sound:
            self.heard += self.sound.clean(block).tolist()

    def hears(self) -> bool:
        """Tell whether anything was heard since the last time."""
        some = bool(self.heard)
        self.heard.clear()
        return some


@pytest.fixture
def act(portaudio: FakePortAudio, virtual: Run) -> Callable[..., Talk]:
    def run(scene: Scene, microphone: str | None = None, speaker: str | None = None) -> Talk:
        talk = Talk(portaudio, microphone, speaker)
        virtual(talk.play(scene))
        return talk

    return run


REPLY = np.full(16_000 * 30, 0.5, np.float32)


@pytest.mark.parametrize("which", [0, 1])
def test_a_device_that_is_unplugged_is_waited_for(act: Callable[..., Talk], portaudio: FakePortAudio, which: int) -> None:
    kind = ("speaker", "microphone")[which]

    async def scene(talk: Talk) -> None:
        await asyncio.sleep(1)
        talk.sound.play(REPLY, 16_000)
        talk.sound.level = 0.5
        await asyncio.sleep(3)
        portaudio.later = []
        talk.streams[which].vanish()
        await asyncio.sleep(0.1)
        assert talk.told == ["started", f"The {kind} 'Virtual' is gone; connect it again, or another one, and Parley goes on."]
        assert talk.cuts == [pytest.approx(4.0, abs=2 * BLOCK_S)]
        assert talk.hears()
        assert not talk.sound.sounding
        talk.sound.play(REPLY, 16_000)  # into nothing
        talk.sound.finish()
        talk.sound.clear()
        await asyncio.sleep(60)
        assert not talk.hears()
        assert portaudio.starts == pytest.approx(60 / TRY_S, abs=2)
        portaudio.later = ["Other"]
        await asyncio.sleep(TRY_S + 1)
        assert talk.told[2:] == ["There is sound again: microphone 'Other', speaker 'Other'."]
        assert talk.hears()
        talk.played.clear()
        talk.sound.play(REPLY, 16_000)
        await asyncio.sleep(1)
        assert {round(sample, 3) for sample in talk.played} | {0.0} == {0.0, 0.25}, "the level is as before"

    talk = act(scene)
    assert len(talk.cuts) == 1
    assert talk.cleaned == 2


def test_a_device_that_was_named_is_waited_for_whatever_else_there_is(act: Callable[..., Talk], portaudio: FakePortAudio) -> None:
    portaudio.add("USB Headset: Audio (hw:1,0)")

    async def scene(talk: Talk) -> None:
        await asyncio.sleep(1)
        portaudio.later = ["Virtual"]
        talk.streams[0].vanish()
        await asyncio.sleep(20)
        assert talk.told == ["The speaker 'USB Headset: Audio (hw:1,0)' is gone; connect it again, and Parley goes on."]
        portaudio.later = ["Virtual", "Another", "USB Headset: Audio (hw:2,0)"]
        await asyncio.sleep(TRY_S + 1)
        assert talk.told[1:] == ["There is sound again: microphone 'Virtual', speaker 'USB Headset: Audio (hw:2,0)'."]
        assert [stream.options["device"] for stream in talk.streams] == [2, 0]

    for wanted in ("1", "headset"):
        portaudio.later = None
        portaudio.known.clear()
        portaudio.add("Virtual")
        portaudio.add("USB Headset: Audio (hw:1,0)")
        act(scene, speaker=wanted)


def test_a_device_with_another_rate_is_opened_anew_at_that(act: Callable[..., Talk], portaudio: FakePortAudio) -> None:
    async def scene(talk: Talk) -> None:
        await asyncio.sleep(TRY_S + 1)
        portaudio.rates_hz = (48_000,)
        talk.streams[1].vanish()
        await asyncio.sleep(1)
        assert talk.told == ["The microphone 'Virtual' stopped, and was opened again."]
        assert [stream.options["samplerate"] for stream in talk.streams] == [48_000, 48_000]
        assert talk.hears()

    act(scene)


def test_a_device_that_dies_each_time_is_not_tried_all_the_time(act: Callable[..., Talk], portaudio: FakePortAudio) -> None:
    async def scene(talk: Talk) -> None:
        for _ in range(100):
            await asyncio.sleep(0.1)
            for stream in talk.streams:
                if stream.state == "running":
                    stream.vanish()
        assert portaudio.starts <= 10 / TRY_S + 1

    act(scene)


def test_a_device_that_falls_silent_is_gone(act: Callable[..., Talk], portaudio: FakePortAudio) -> None:
    async def scene(talk: Talk) -> None:
        talk.sound.play(REPLY, 16_000)
        await asyncio.sleep(3)
        portaudio.later = []
        talk.streams[0].state = "hangs"
        await asyncio.sleep(LOST_S + 1)
        assert "is gone" in talk.told[1]
        assert talk.cuts == [pytest.approx(3.0, abs=2 * BLOCK_S)], "not when that was noticed"

    act(scene)


def test_a_process_that_was_stopped_goes_on_without_what_it_was_saying(act: Callable[..., Talk]) -> None:
    async def scene(talk: Talk) -> None:
        await asyncio.sleep(1)
        talk.sound.play(REPLY, 16_000)
        await asyncio.sleep(2)
        pass_time(asyncio.get_running_loop(), 5.0)
        talk.played.clear()
        await asyncio.sleep(1)
        assert not any(talk.played)
        assert talk.told == ["started"]
        assert talk.cuts == [pytest.approx(3.0 + 0.1, abs=2 * BLOCK_S)], "the driver has played what it had"
        assert talk.hears()
        talk.sound.play(REPLY, 16_000)
        await asyncio.sleep(1)
        assert any(talk.played)
        assert talk.sound.xruns == Xruns()
        assert talk.cleaned == 2

    act(scene)


def test_a_speaker_that_sleeps_goes_on_where_it_was(act: Callable[..., Talk]) -> None:
    async def scene(talk: Talk) -> None:
        talk.sound.play(np.arange(1, 16_000 * 10, dtype=np.float32), 16_000)
        await asyncio.sleep(1)
        stream = talk.streams[0]
        stream.state = "asleep"
        await asyncio.sleep(STOPPED_S + 1)
        stream.state = "running"
        await asyncio.sleep(2)
        assert talk.cuts == []
        heard = [sample for sample in talk.played if sample]
        assert heard == list(range(1, len(heard) + 1))

    act(scene)


def test_xruns_are_counted_over_all_devices(act: Callable[..., Talk], portaudio: FakePortAudio) -> None:
    async def scene(talk: Talk) -> None:
        await asyncio.sleep(TRY_S + 1)
        talk.streams[0].pull(512, output_underflow=True)
        talk.streams[1].push(silence(512), input_overflow=True)
        assert talk.sound.xruns == Xruns(1, 1)
        talk.streams[0].vanish()
        await asyncio.sleep(1)
        talk.streams[0].pull(512, output_underflow=True)
        assert talk.sound.xruns == Xruns(1, 2)
        assert str(talk.sound.xruns).startswith("Sound was cut: xruns of the microphone 1, of the speaker 2;")

    act(scene)


def test_drivers_hold_more_where_sound_is_cut(act: Callable[..., Talk]) -> None:
    async def scene(talk: Talk) -> None:
        held = [stream.options["latency"] for stream in talk.streams]
        talk.sound.play(np.arange(1, 16_001, dtype=np.float32), 16_000)
        for _ in range(2):
            await asyncio.sleep(0.3)
            talk.streams[0].pull(512, output_underflow=True)
        await asyncio.sleep(0.2)
        assert len(talk.portaudio.streams) == 2, "not while a reply is heard"
        await asyncio.sleep(2)
        assert [stream.options["latency"] for stream in talk.streams] == [2 * latency_s for latency_s in held]
        assert talk.told == ["started", "drained"]
        assert talk.cleaned == 2, "an echo by other drivers comes at another time"
        assert talk.hears()
        for _ in range(8):
            await asyncio.sleep(2)
            talk.streams[1].push(silence(512), input_overflow=True)
            talk.streams[1].push(silence(512), input_overflow=True)
        assert [stream.options["latency"] for stream in talk.streams] == [MOST_LATENCY_S] * 2
        assert len(talk.portaudio.streams) == 8, "it makes no difference any more"
        assert talk.sound.xruns == Xruns(16, 2)

    act(scene)


class Told:
    """Stands for the process that looks at the system's choice."""

    def __init__(self) -> None:
        self.choice: dict[str, str] = {}

    def __enter__(self) -> Told:
        return self

    def __exit__(self, *_: object) -> None:
        self.choice["ended"] = "yes"

    def name(self, kind: str) -> str | None:
        return self.choice.get(kind)

    def forget(self) -> None:
        self.choice.clear()


@pytest.mark.parametrize("named", [None, "virtual"])
def test_another_default_is_followed_where_streams_stay_on_the_old_one(
    act: Callable[..., Talk], portaudio: FakePortAudio, monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    portaudio.host_apis = ("Core Audio",)
    watch = Told()
    monkeypatch.setattr("clients.desktop.sound.DefaultWatch", lambda: watch)

    async def scene(talk: Talk) -> None:
        watch.choice["speaker"] = "Virtual"
        await asyncio.sleep(TRY_S + 1)
        assert talk.told == []
        portaudio.later, portaudio.default = ["Virtual", "Headset"], 1
        watch.choice["speaker"] = "Headset"
        await asyncio.sleep(1)
        if named is None:
            assert talk.told == ["The speaker is now 'Headset' instead of 'Virtual'."]
            assert talk.hears()
        else:
            assert talk.told == []

    act(scene, microphone=named, speaker=named)
    assert ("ended" in watch.choice) == (named is None)


def test_without_any_device_nothing_begins(act: Callable[..., Talk], portaudio: FakePortAudio) -> None:
    portaudio.rates_hz = (1,)

    async def scene(_: Talk) -> None:
        raise AssertionError

    with pytest.raises(InputError, match="cannot be opened"):
        act(scene)
