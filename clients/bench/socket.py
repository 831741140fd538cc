"""The same questions over a WebSocket, as a client on this machine meets them: what the wire adds."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import numpy as np
import soxr
from rich.progress import track
from websockets.exceptions import ConnectionClosed

from assistant.audio import LISTEN_RATE_HZ, Samples, to_pcm16
from assistant.errors import InputError
from clients.cli.running import errors
from clients.desktop.address import Address
from clients.desktop.link import Link, dial, why
from clients.desktop.wire import RATE_HZ, Message, append, extensions

FRAME_S = 0.032
"""Audio in one message: as much as a chunk, so that both ways hear the end equally soon."""

LONGEST_S = 20.0


async def over_socket(url: str, key: str | None, questions: Sequence[Samples], n: int, warm_up: int, seed: int) -> dict[str, list[float]]:
    """Ask `n` questions in real time; return, in seconds after the last word, when the first audio was sent there and when it came here.

    Args:
        url: of a server, such as ws://localhost:8765/v1/realtime.
        key: of the server, if it wants one.
        questions: 16 kHz samples.
        n: questions that count.
        warm_up: questions before.
        seed: of the choice among them.

    Raises:
        InputError: there is no server, or it fails.
    """
    rng = random.Random(seed)
    link = await dial(Address.read(url), key)
    try:
        caller = _Caller(link)
        await caller.begin()
        for number in track(range(warm_up + n), f"Asking {url}", console=errors, transient=True):
            if number == warm_up:
                caller.found.clear()
            await caller.ask(rng.choice(questions))
    except ConnectionClosed as closed:
        raise InputError(f"{url} cannot be measured: it ended the connection ({why(closed)}).") from closed
    except TimeoutError as error:
        raise InputError(f"{url} cannot be measured: no answer within {LONGEST_S:g} s.") from error
    finally:
        await link.close()
    return caller.found


class _Caller:
    """A client that only measures."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._loop = asyncio.get_running_loop()
        self._sent_s: list[float] = []
        """When each frame was sent, from the first one of the connection on."""
        self.found: dict[str, list[float]] = {}

    async def begin(self) -> None:
        await self._link.send(extensions(["x.latency"]))
        async with asyncio.timeout(LONGEST_S):
            while (await self._link.receive())["type"] != "session.updated":
                pass

    async def ask(self, question: Samples) -> None:
        """Say a question, and send silence until its answer was played."""
        talking = self._loop.create_task(self._talk(question))
        try:
            async with asyncio.timeout(LONGEST_S):
                seconds = await self._answer()
                await asyncio.sleep(seconds + 0.3)
        finally:
            talking.cancel()
            await asyncio.wait([talking])

    async def _answer(self) -> float:
        """Take the answer's times; return the seconds of its audio."""
        first_s, size, marks = None, 0, dict[str, int]()
        while True:
            event: Message = await self._link.receive()
            match event["type"]:
                case "response.output_audio.delta":
                    first_s = first_s or self._loop.time()
                    size += 3 * len(event["delta"]) // 4
                case "x.latency":
                    marks = event["marks_ms"]
                case "error":
                    raise InputError(f"The server says: {event['error']['message']}")
                case "response.done":
                    break
        if first_s is not None and "speech_end" in marks:
            self.found.setdefault("first_audio", []).append(first_s - self._sent_at(marks["speech_end"] / 1000))
            self.found.setdefault("first_audio_there", []).append(marks["first_audio"] / 1000)
        return size / 2 / RATE_HZ

    def _sent_at(self, audio_s: float) -> float:
        """Return when a microphone would have heard this point of the audio: a frame is sent when its last sample is heard."""
        last = min(len(self._sent_s), max(1, round(audio_s / FRAME_S + 0.499)))  # frames up to there, the last one begun
        return self._sent_s[last - 1] - (last * FRAME_S - audio_s)

    async def _talk(self, question: Samples) -> None:
        sound = soxr.resample(question, LISTEN_RATE_HZ, RATE_HZ)
        sound = np.concatenate([sound, np.zeros(round(LONGEST_S * RATE_HZ), np.float32)])
        frame = round(FRAME_S * RATE_HZ)
        next_s = self._loop.time()
        for start in range(0, sound.size, frame):
            await self._link.send(append(to_pcm16(sound[start : start + frame])))
            self._sent_s.append(self._loop.time())
            next_s += FRAME_S
            await asyncio.sleep(max(0.0, next_s - self._loop.time()))
