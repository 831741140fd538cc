from __future__ import annotations

import asyncio

import numpy as np
import pytest

from assistant.audio import Samples
from clients.desktop.devices import LOST_S, DeviceGone, find
from clients.desktop.microphone import KEPT_S, Microphone
from tests.clients.desktop.conftest import FakePortAudio
from tests.conftest import Run, pass_time


async def something(microphone: Microphone) -> Samples:
    """Return what is heard next."""
    while not (heard := await anext(microphone)).size:
        pass
    return heard


def block(level: float, count: int = 512) -> Samples:
    return np.full(count, level, np.float32)


def test_gives_what_was_heard_in_order(portaudio: FakePortAudio, virtual: Run) -> None:
    async def listen() -> None:
        with Microphone(find("microphone", None)) as microphone:
            stream = portaudio.streams[0]
            assert stream.state == "running"
            assert stream.options["samplerate"] == 16_000
            assert stream.options["blocksize"] == 128
            stream.push(block(0.1))
            np.testing.assert_array_equal(await anext(microphone), block(0.1))
            asyncio.get_running_loop().call_later(1, stream.push, block(0.2))
            assert (await anext(microphone)).size == 0
            np.testing.assert_array_equal(await something(microphone), block(0.2))
            stream.push(block(0.3))
            stream.push(block(0.4))
            heard = await anext(microphone)
            np.testing.assert_array_equal(heard, np.concatenate([block(0.3), block(0.4)]))
            assert microphone.overflows == 0
            assert microphone.latency_s == stream.latency
        assert stream.state == "closed"

    virtual(listen())


def test_another_rate_becomes_16_khz(portaudio: FakePortAudio, virtual: Run) -> None:
    portaudio.rates_hz = (48_000,)

    async def listen() -> None:
        with Microphone(find("microphone", None)) as microphone:
            size = 0
            for _ in range(50):
                portaudio.streams[0].push(block(0.5, 1536))
            async with asyncio.timeout(1):
                while size < 49 * 512:
                    heard = await anext(microphone)
                    size += heard.size
            assert size <= 50 * 512
            assert heard[-1] == pytest.approx(0.5, abs=0.01)

    virtual(listen())


def test_counts_what_is_lost(portaudio: FakePortAudio, virtual: Run) -> None:
    async def listen() -> None:
        with Microphone(find("microphone", None)) as microphone:
            portaudio.streams[0].push(block(0.1), input_overflow=True)
            assert microphone.overflows == 1
            for _ in range(round(KEPT_S * 16_000 / 512) + 2):  # nobody fetches it
                portaudio.streams[0].push(block(0.1))
            assert microphone.overflows > 1
            assert (await anext(microphone)).size == KEPT_S * 16_000

    virtual(listen())


@pytest.mark.parametrize("how", ["ends", "falls silent"])
def test_a_device_that_goes_is_one_sentence(portaudio: FakePortAudio, virtual: Run, how: str) -> None:
    async def listen() -> None:
        loop = asyncio.get_running_loop()
        with Microphone(find("microphone", None)) as microphone:
            portaudio.streams[0].push(block(0.1))
            if how == "ends":
                portaudio.streams[0].vanish()
            assert (await anext(microphone)).size == 512, "what was heard before counts"
            with pytest.raises(DeviceGone, match=r"^The microphone 0: Virtual .* is gone; connect it again"):
                await something(microphone)
            assert loop.time() == pytest.approx(0.0 if how == "ends" else LOST_S)

    virtual(listen())


def test_a_process_that_was_stopped_does_not_take_its_microphone_for_gone(portaudio: FakePortAudio, virtual: Run) -> None:
    async def listen() -> None:
        loop = asyncio.get_running_loop()
        with Microphone(find("microphone", None)) as microphone:
            loop.call_later(0.45, pass_time, loop, 60.0)
            loop.call_later(62.0, portaudio.streams[0].push, block(0.1))
            np.testing.assert_array_equal(await something(microphone), block(0.1))

    virtual(listen())


def test_what_the_driver_kept_while_the_process_was_stopped_is_not_heard(portaudio: FakePortAudio, virtual: Run) -> None:
    async def listen() -> None:
        loop = asyncio.get_running_loop()
        with Microphone(find("microphone", None)) as microphone:
            stream = portaudio.streams[0]
            stream.push(block(0.1), age_s=20.0)  # a clock that says anything, and nothing else is wrong
            np.testing.assert_array_equal(await anext(microphone), block(0.1))
            pass_time(loop, 5.0)
            for age_s in (4.0, 2.0, 0.5):
                stream.push(block(0.2), age_s=age_s, input_overflow=True)
            stream.push(block(0.3))
            np.testing.assert_array_equal(await anext(microphone), block(0.3))
            stream.push(block(0.4), age_s=0.5)
            np.testing.assert_array_equal(await anext(microphone), block(0.4), "only busy")
            assert microphone.overflows == 0

    virtual(listen())


def test_a_clock_that_goes_wrong_costs_no_more_than_the_stop(portaudio: FakePortAudio, virtual: Run) -> None:
    async def listen() -> None:
        with Microphone(find("microphone", None)) as microphone:
            stream = portaudio.streams[0]
            stream.push(block(0.1))
            pass_time(asyncio.get_running_loop(), 3.0)
            for _ in range(150):
                stream.push(block(0.2), age_s=1000.0)
            heard = await anext(microphone)
            assert heard.size >= 512 + 50 * 512

    virtual(listen())
