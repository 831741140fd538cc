"""A room without sound hardware: recordings are heard in real time, replies are played in real time, and a tape keeps both."""

from __future__ import annotations

import asyncio
import wave
from importlib.resources import files

import numpy as np
import soxr

from assistant.audio import CHUNK_S, LISTEN_RATE_HZ, Rechunker, Samples, from_pcm16, silence
from assistant.events import ReplyAudio, ReplyDone, Stamped
from assistant.session import Session
from assistant.turns import Mode

AFTER_S = 0.8
"""Quiet behind a recording: longer than the endpoint's silence, so that the whole of the turn lies behind the last word."""

LONGEST_S = 30.0
"""After so long without an end of the reply the next recording follows."""


def recording(name: str) -> Samples:
    """Return one of the shipped recordings at 16 kHz."""
    with (files("clients.cli") / "recordings" / f"{name}.wav").open("rb") as file, wave.open(file) as sound:
        return from_pcm16(sound.readframes(sound.getnframes()))


class Room:
    """An observer that plays replies for one session, `enter`ed before anything is asked."""

    def __init__(self) -> None:
        self._tape: list[tuple[float, Samples]] = []
        self._asked = 0  # where the newest question is on it
        self._free_s = 0.0
        self._playing = 0
        self._loop = asyncio.get_running_loop()
        self._began_s = self._loop.time()

    def enter(self, session: Session) -> None:
        """Play the replies of this session."""
        self._session = session

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        match stamped.event:
            case ReplyAudio(turn, samples, rate_hz):
                end_s = self._record(stamped.at_s - self._began_s, samples, rate_hz)
                if turn != self._playing:
                    self._playing = turn
                    self._loop.call_soon(self._session.playback_started)
                self._loop.call_at(self._began_s + end_s, self._drained, end_s)

    async def ask(self, heard: Samples) -> None:
        """Play a recording to the session as a microphone would, then silence until the reply was played."""
        self._asked = len(self._tape)
        self._record(self._loop.time() - self._began_s, heard, LISTEN_RATE_HZ)
        chunks = Rechunker().push(np.concatenate([heard, silence(round(AFTER_S * LISTEN_RATE_HZ))]))
        quiet, next_s = silence(chunks[0].size), self._loop.time()
        for number in range(round(LONGEST_S / CHUNK_S)):
            next_s += CHUNK_S
            await asyncio.sleep(max(0.0, next_s - self._loop.time()))  # a microphone has a chunk once it is over
            self._session.hear(chunks[number] if number < len(chunks) else quiet)
            if number >= len(chunks) and self._session.mode is Mode.LISTENING:
                return

    def gap_s(self, above: float) -> float | None:
        """Return the seconds from the last sample of the newest question that is louder to the first such of what was played; None without."""
        at_s, question = self._tape[self._asked]
        ended_s = at_s + np.flatnonzero(np.abs(question) > above)[-1] / LISTEN_RATE_HZ
        for began_s, samples in self._tape[self._asked + 1 :]:
            if (loud := np.flatnonzero(np.abs(samples) > above)).size:
                return float(began_s + loud[0] / LISTEN_RATE_HZ - ended_s)
        return None

    def skip(self) -> None:
        """Play no more of the reply: all of it is there, and nobody listens."""
        self._free_s = self._loop.time() - self._began_s
        if self._session.mode is Mode.SPEAKING:
            self._session.playback_done()

    def tape(self) -> Samples:
        """Return everything that was said, mixed, at 16 kHz."""
        end = max((round(at_s * LISTEN_RATE_HZ) + samples.size for at_s, samples in self._tape), default=0)
        mixed = silence(end)
        for at_s, samples in self._tape:
            start = round(at_s * LISTEN_RATE_HZ)
            mixed[start : start + samples.size] += samples
        return np.clip(mixed, -1.0, 1.0)

    def _record(self, at_s: float, samples: Samples, rate_hz: int) -> float:
        """Put audio on the tape, behind what is still playing; return when it ends."""
        if rate_hz != LISTEN_RATE_HZ:
            samples = soxr.resample(samples, rate_hz, LISTEN_RATE_HZ)
        start_s = max(at_s, self._free_s)
        self._tape.append((start_s, samples))
        self._free_s = start_s + samples.size / LISTEN_RATE_HZ
        return self._free_s

    def _drained(self, end_s: float) -> None:
        if end_s == self._free_s and self._session.mode is Mode.SPEAKING:
            self._session.playback_done()


class HastyRoom(Room):
    """Plays a reply until it is complete: its beginning is what counts, and the next question may come."""

    def __call__(self, stamped: Stamped) -> None:
        super().__call__(stamped)
        if isinstance(stamped.event, ReplyDone):
            asyncio.get_running_loop().call_later(0.1, self.skip)  # its first sample is on its way
