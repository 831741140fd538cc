"""One person who speaks: a session that listens, its facts made lines, and the interpreters that follow it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

from assistant.audio import LISTEN_RATE_HZ
from assistant.engines import Engines
from assistant.events import Interrupted, Partial, SpeechConfirmed, SpeechEnded, Stamped, WritingFailed, Written
from assistant.interpret import Interpret
from assistant.interpreter import LISTENS
from assistant.manners import Manners
from assistant.own_voice import OwnVoice
from assistant.session import Observer, Session
from assistant.turns import Mode
from server.realtime.wave import Decoder
from server.rooms.interpreters import Audience, How, Interpreters
from server.rooms.languages import targets
from server.rooms.lines import Line
from server.rooms.room import Person, Room


@dataclass(slots=True)
class _Utterance:
    """What is being said, and while it may be an echo, the facts about it that nobody was shown yet."""

    turn: int
    line: Line
    held: list[Stamped] | None = field(default_factory=list)


class Speaker:
    """Runs inside `async with`, which ends what is under way; `finish` lets it come to its end before."""

    def __init__(
        self,
        engines: Engines,
        manners: Manners,
        how: How,
        room: Room,
        person: Person,
        audience: Audience,
        echo: OwnVoice,
        observer: Observer,
    ) -> None:
        """Listen to a person in the language that is his now."""
        self.language, self._engines = person.language, engines
        self._room, self._person, self._audience, self._echo = room, person, audience, echo
        polite = replace(manners, listens=self.language, speaks=None, policy=LISTENS)
        nobody = Interpret(engines.language_model, self.language, targets(engines, self.language)[0])  # is never asked for a reply
        self._session = Session(engines, nobody, [self._hear_of, observer], polite)
        self._interpreters = Interpreters(engines, self.language, audience, how)
        self._decoder = Decoder("audio/pcm")
        self._utterances: dict[int, _Utterance] = {}
        self._quiet = asyncio.Event()
        self._quiet.set()
        self.retired = asyncio.Event()
        """Set when nobody listens to this person any more: what he said is finished."""
        self.heard_s = 0.0
        """The audio so far."""

    async def __aenter__(self) -> Speaker:
        self._stack = AsyncExitStack()
        await self._stack.enter_async_context(self._session)
        self._stack.push_async_callback(self._interpreters.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        for utterance in self._utterances.values():
            self._end(utterance.line)
        self._utterances.clear()

    @property
    def idle(self) -> bool:
        """Whether nothing is being said: a new language may begin."""
        return self._session.mode is Mode.LISTENING

    async def interpret_into(self, languages: Iterable[str]) -> None:
        """Interpret into these languages, as far as there is a way."""
        await self._interpreters.interpret_into(set(languages) & set(targets(self._engines, self.language)))

    async def hear(self, data: bytes) -> None:
        """Take 24 kHz PCM16."""
        async for samples in self._decoder.slices(data):
            self._session.hear(samples)
            self.heard_s += samples.size / LISTEN_RATE_HZ

    async def finish(self) -> None:
        """Hear no more, and return when all that was said is written, interpreted and spoken."""
        self._session.hear(self._decoder.flush())
        self._session.hear_no_more()
        await self._quiet.wait()
        await self._interpreters.done()

    def _hear_of(self, stamped: Stamped) -> None:
        event = stamped.event
        match event:
            case SpeechConfirmed(turn=turn) if turn not in self._utterances:
                self._begin(turn, stamped.at_s - (event.heard_s - event.at_s))
            case SpeechEnded():
                self._speaks(False)
        utterance = self._utterances.get(event.turn)
        if utterance is None:
            self._interpreters.push(stamped)
            return
        match event:
            case Partial(committed=committed, tentative=tentative) if utterance.held is not None:
                if self._echo.excluded(f"{committed} {tentative}", self.language, utterance.line.began_s):
                    self._release(utterance)
            case Written() | WritingFailed() | Interrupted():
                del self._utterances[event.turn]
                text = event.text if isinstance(event, Written) else ""
                if utterance.held is not None and self._echo.heard(text, self.language, utterance.line.began_s):
                    self._room.drop(utterance.line)
                    self._audience.echoed()
                else:
                    self._release(utterance)
                if not self._utterances:
                    self._quiet.set()
        if utterance.held is None:
            self._show(utterance, stamped)
        else:
            utterance.held.append(stamped)

    def _begin(self, turn: int, began_s: float) -> None:
        line = self._room.begin(self._person, began_s, self.language)
        self._utterances[turn] = utterance = _Utterance(turn, line)
        self._quiet.clear()
        self._speaks(True)
        if not self._echo.possible(self.language, began_s):
            self._release(utterance)

    def _release(self, utterance: _Utterance) -> None:
        """It is no echo: show what was held."""
        if utterance.held is None:
            return
        held, utterance.held = utterance.held, None
        self._interpreters.open(utterance.turn, utterance.line)
        for stamped in held:
            self._show(utterance, stamped)

    def _show(self, utterance: _Utterance, stamped: Stamped) -> None:
        line = utterance.line
        match stamped.event:
            case Partial(committed=committed, tentative=tentative):
                line.own.grow(committed, tentative)
                self._audience.changed(line)
            case SpeechEnded(at_s=at_s, heard_s=heard_s):
                line.ended_s = max(line.began_s, stamped.at_s - (heard_s - at_s))
            case Written(text=text) if text:
                line.own.grow(text, final=True)
                self._audience.changed(line)
            case Written() | Interrupted():
                self._end(line)
            case WritingFailed(message=message, code=code):
                if line.empty:
                    self._end(line)
                else:  # what was understood stays, and is interpreted
                    line.own.grow(line.own.whole, final=True)
                    self._audience.changed(line)
                self._audience.failed(line, message, code)
        self._interpreters.push(stamped)

    def _end(self, line: Line) -> None:
        line.end()
        if line.empty:
            self._room.drop(line)
        self._audience.changed(line)  # one that was empty in the end may have been told of

    def _speaks(self, speaking: bool) -> None:
        self._person.speaking = speaking
        self._audience.moved()
