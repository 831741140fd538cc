"""One room of `parley bench echo`: a session that hears its own speaker through a canceller, on an audio clock that does not wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from math import log10

from assistant.audio import CHUNK_S, CHUNK_SAMPLES, Samples, silence
from assistant.engines import Sound, Voice
from assistant.events import Final, Judged, PlaybackDone, ReplyAudio, ReplyStopped, SpeechConfirmed, SpeechStarted, Stamped
from assistant.session import Session
from assistant.turns import Mode
from clients.bench.acoustics import Acoustics, Place
from clients.bench.jump import JumpingLoop
from clients.cli.mouth import DUCKED
from clients.desktop.echo import EchoCanceller

CONVERGED_S = 2.0
"""The speaker's sound after which the canceller must be at work."""

ASKED = "Tell me."
"""A text, so that nobody but the assistant need speak."""


@dataclass(frozen=True)
class Standing:
    """A voice that speaks while the clock of a loop that does not wait stands still."""

    voice: Voice
    loop: JumpingLoop

    @property
    def sample_rate_hz(self) -> int:
        """Of what it says."""
        return self.voice.sample_rate_hz

    async def speak(self, text: str, *, rate: float = 1.0) -> AsyncGenerator[Sound, None]:
        """Say one phrase."""
        with self.loop.at_work():
            async with aclosing(self.voice.speak(text, rate=rate)) as sounds:
                found = [sound async for sound in sounds]
        for sound in found:
            yield sound


@dataclass
class Heard:
    """What became of one place; powers are of the microphone and of what is left of it, while only the speaker sounds."""

    place: Place
    talked_s: float = 0.0
    ducked: int = 0
    """Times that the reply was taken for speech for a moment."""
    disturbed: list[str] = field(default_factory=list)
    """What the assistant made of its own voice: turns that nobody began, and replies stopped by nobody."""
    echo: float = 0.0
    left: float = 0.0
    caught: int = 0
    interrupted: int = 0
    missed: list[str] = field(default_factory=list)
    stopped_s: list[float] = field(default_factory=list)
    canceller_s: float = 0.0
    """Processor time, and the audio that took it."""
    audio_s: float = 0.0
    delay_s: float | None = None

    @property
    def erle_db(self) -> float:
        """Echo return loss enhancement."""
        return 10 * log10(max(self.echo, 1e-12) / max(self.left, 1e-12))


class Scene:
    """A session whose microphone hears its speaker; an observer. Each `tick` is 32 ms."""

    def __init__(self, heard: Heard) -> None:
        self._acoustics, self._canceller, self._heard = Acoustics(heard.place), EchoCanceller(heard.place.delay_s), heard
        self._loop, self._said = asyncio.get_running_loop(), silence(0)
        self._next_s, self._sounded_s, self._playing = self._loop.time(), 0.0, False
        self.asked = 0
        """Turns that were meant."""
        self.stopped_s: float | None = None
        """When the newest reply was stopped."""
        self.onset_s: float | None = None
        """When somebody began to speak, if it is not the speaker alone that is heard."""

    def enter(self, session: Session) -> None:
        """Play the replies of this session."""
        self._session = session

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        match stamped.event:
            case ReplyAudio(samples=samples, sample_rate_hz=rate_hz):
                self._acoustics.play(samples, rate_hz)
            case SpeechStarted() | SpeechConfirmed() if self._session.mode in (Mode.SPEAKING, Mode.OVERLAP):
                self._acoustics.level = DUCKED
                self._heard.ducked += self.onset_s is None and isinstance(stamped.event, SpeechStarted)
            case Judged() | PlaybackDone():
                self._acoustics.level = 1.0
            case ReplyStopped(heard=heard):
                self._acoustics.clear()
                self._acoustics.level = 1.0
                self.stopped_s = stamped.at_s
                if self.onset_s is None:
                    self._heard.disturbed.append(f"stopped after {heard[-40:]!r}")
            case Final(text=text) if self.onset_s is None and text not in ("", ASKED):
                self._heard.disturbed.append(f"answered {text!r}")

    def say(self, sound: Samples) -> None:
        """Let somebody speak from now on."""
        self._said = sound

    async def tick(self) -> None:
        """Let the next 32 ms pass."""
        near, self._said = self._said[:CHUNK_SAMPLES], self._said[CHUNK_SAMPLES:]
        played, heard = self._acoustics.step(near if near.size == CHUNK_SAMPLES else silence(CHUNK_SAMPLES))
        self._next_s += CHUNK_S
        await asyncio.sleep(max(0.0, self._next_s - self._loop.time()))  # the microphone gives a block when it is full
        began_s = time.process_time()
        self._canceller.played(played)
        clean = self._canceller.push(heard)
        self._heard.canceller_s += time.process_time() - began_s
        self._heard.audio_s += CHUNK_S
        self._note(heard, clean)
        self._session.hear(clean)

    async def quiet(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds / CHUNK_S)):
            await self.tick()

    def _note(self, heard: Samples, clean: Samples) -> None:
        sounding = self._acoustics.waiting_s > 0
        if sounding and not self._playing:
            self._session.playback_started()
        elif self._playing and not sounding:
            self._session.playback_done()
        self._playing = sounding
        if sounding:
            self._sounded_s += CHUNK_S
            if self.onset_s is None:
                self._heard.talked_s += CHUNK_S
                if self._sounded_s > CONVERGED_S:
                    self._heard.echo += float(heard @ heard)
                    self._heard.left += float(clean @ clean)
        self._heard.delay_s = self._canceller.delay_s
