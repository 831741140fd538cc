"""A whole conversation on virtual time: scripted speech into a session, its replies played as a speaker would."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from assistant.audio import CHUNK_S, CHUNK_SAMPLES, LISTEN_RATE_HZ, Rechunker, Samples, silence
from assistant.engines import Piece
from assistant.events import Event, ReplyAudio, ReplyStopped, Stamped
from assistant.manners import Manners
from assistant.respond import Chat
from assistant.session import Session
from assistant.tools import Toolbox
from assistant.turns import Mode
from models.scripted import Vocabulary, scripted_engines
from tests.conftest import NOON


@dataclass
class Stage:
    """One session with a microphone and a speaker; everything that happened is in `facts`."""

    answers: dict[str, Sequence[Piece]] = field(default_factory=dict)
    manners: Manners = field(default_factory=Manners)
    facts: list[Stamped] = field(default_factory=list)
    plays: bool = True

    def __post_init__(self) -> None:
        self.vocabulary = Vocabulary()
        self.engines, self.recognizer, self.model, self.voice = scripted_engines(self.vocabulary, self.answers)
        self.toolbox = Toolbox(lambda: NOON + timedelta(seconds=asyncio.get_running_loop().time()))
        self.chat = Chat(self.model, self.toolbox)
        self._speaker_free_s = 0.0
        self._rechunker = Rechunker()

    async def __aenter__(self) -> Stage:
        self.session = Session(self.engines, self.chat, [self.facts.append, self._play], self.manners)
        await self.session.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.__aexit__(None, None, None)
        assert self.model.streams.open == 0
        assert self.voice.streams.open == 0

    def _play(self, stamped: Stamped) -> None:
        loop, session = asyncio.get_running_loop(), self.session
        match stamped.event:
            case ReplyAudio(samples=samples, sample_rate_hz=rate_hz) if self.plays:
                if self._speaker_free_s <= loop.time():
                    loop.call_soon(session.playback_started)
                self._speaker_free_s = end_s = max(loop.time(), self._speaker_free_s) + samples.size / rate_hz
                loop.call_at(end_s, self._drained, end_s)
            case ReplyStopped():
                self._speaker_free_s = 0.0

    def _drained(self, end_s: float) -> None:
        if end_s == self._speaker_free_s:
            self.session.playback_done()

    async def hear(self, samples: Samples) -> None:
        """Feed audio in real time; the rest of a chunk waits for the next call."""
        for chunk in self._rechunker.push(samples):
            self.session.hear(chunk)
            await asyncio.sleep(CHUNK_S)

    async def say(self, text: str) -> None:
        await self.hear(self.vocabulary.say(text))

    async def quiet(self, seconds: float) -> None:
        await self.hear(silence(round(seconds * LISTEN_RATE_HZ)))

    async def ask(self, text: str) -> None:
        """Say it, and hear silence until the reply was played."""
        await self.say(text)
        await self.quiet(0.6)
        await self.until(Mode.LISTENING)

    async def until(self, mode: Mode, *, most_s: float = 60) -> None:
        """Hear silence until the session is in this mode."""
        for _ in range(round(most_s / CHUNK_S)):
            if self.session.mode is mode:
                return
            await self.hear(silence(CHUNK_SAMPLES))
        raise AssertionError(f"still {self.session.mode} after {most_s} s")

    def of(self, kind: type[Event]) -> list[Event]:
        """Return the facts of one kind, in order."""
        return [stamped.event for stamped in self.facts if isinstance(stamped.event, kind)]

    def names(self) -> list[str]:
        return [type(stamped.event).__name__ for stamped in self.facts]
