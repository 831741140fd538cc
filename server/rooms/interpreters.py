"""The interpreters of one source of lines: one for each language that somebody else reads, shared by all who read it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from assistant.audio import silence
from assistant.engines import Engines
from assistant.events import Event, Failed, ReplyAudio, ReplyDone, ReplyPhrase, Stamped, Translated
from assistant.glossary import Glossary
from assistant.interpret import NOTHING
from assistant.interpreter import Interpreter
from server.realtime.wave import Encoder
from server.rooms.lines import Line, Text

KEPT_TURNS = 64
"""Lines whose interpretation may still be under way."""


@dataclass(frozen=True, slots=True)
class How:
    """How is interpreted."""

    glossary: Glossary = NOTHING
    lag_s: float = 2.0
    """How long a word may wait for the language model."""
    deadline_s: float = 20.0
    """The longest wait for a model or a voice."""


class Audience(Protocol):
    """What a room does with what is interpreted."""

    def changed(self, line: Line) -> None:
        """Tell of a line that has grown."""
        ...

    def lagged(self, line: Line, lag_s: float) -> None:
        """Note how late something was known."""
        ...

    def failed(self, line: Line, message: str, code: str) -> None:
        """Say that a line could not be interpreted."""
        ...

    def sounded(self, line: Line, language: str, phrase: str, data: bytes, seconds: float) -> None:
        """Play sound of a line: 24 kHz PCM16."""
        ...

    def spoken(self, line: Line, language: str) -> None:
        """Say that no more sound of a line comes."""
        ...

    def moved(self) -> None:
        """Tell who is here and speaks."""
        ...

    def echoed(self) -> None:
        """Count an utterance that was our own voice."""
        ...

    def listens(self, language: str) -> bool:
        """Whether anybody wants to hear that language."""
        ...


class _Into:
    """One interpreter, and what it has spoken."""

    def __init__(self, interpreter: Interpreter, stack: AsyncExitStack) -> None:
        self.interpreter, self.stack = interpreter, stack
        self.sounding: tuple[int, Encoder] | None = None


class Interpreters:
    """From one language into those that are asked for. `open` names the line of each turn."""

    def __init__(self, engines: Engines, source: str, audience: Audience, how: How) -> None:
        """Interpret from `source` for an audience."""
        self.source = source
        self._engines, self._audience, self._how = engines, audience, how
        self._into: dict[str, _Into] = {}
        self._lines: OrderedDict[int, Line] = OrderedDict()
        self._closed = False

    @property
    def targets(self) -> set[str]:
        """The languages that are interpreted into."""
        return set(self._into)

    async def interpret_into(self, targets: Iterable[str]) -> None:
        """Interpret into these languages from now on, unless closed: what has none any more who reads it ends where it is."""
        if self._closed:
            return
        wanted = set(targets)
        for target in wanted - self.targets:
            stack = AsyncExitStack()
            interpreter = Interpreter(
                self._engines,
                self.source,
                target,
                partial(self._tell, target),
                speaks=partial(self._audience.listens, target),
                glossary=self._how.glossary,
                lag_s=self._how.lag_s,
                deadline_s=self._how.deadline_s,
            )
            await stack.enter_async_context(interpreter)
            if self._closed or target in self._into:  # by now
                await stack.aclose()
            else:
                self._into[target] = _Into(interpreter, stack)
        for target in self.targets - wanted:
            await self._end(target)

    def open(self, turn: int, line: Line) -> None:
        """From now on this turn's facts are about `line`, which is read in all languages that are interpreted into."""
        self._lines[turn] = line
        while len(self._lines) > KEPT_TURNS:
            self._lines.popitem(last=False)[1].end()
        for target in self._into:
            line.texts.setdefault(target, Text())

    def push(self, stamped: Stamped) -> None:
        """Show a fact of the session that listens to all of them."""
        for into in self._into.values():
            into.interpreter.push(stamped)

    def send(self, turn: int, text: str) -> None:
        """Let all of them interpret a whole text."""
        for into in self._into.values():
            into.interpreter.send(turn, text)

    async def done(self) -> None:
        """Return when all that came is written and spoken."""
        for into in list(self._into.values()):
            await into.interpreter.done()

    async def close(self) -> None:
        """End all of them, for good; what they had begun ends where it is."""
        self._closed = True
        for target in self.targets:
            await self._end(target)

    async def _end(self, target: str) -> None:
        into = self._into.pop(target, None)
        if into is None:  # somebody else just ends it
            return
        await into.stack.aclose()
        self._finish_sound(into, target)
        for line in self._lines.values():
            if (text := line.texts.get(target)) is not None and not text.final:
                text.end()
                self._audience.changed(line)

    def _tell(self, target: str, event: Event) -> None:
        into, line = self._into.get(target), self._lines.get(event.turn)
        if into is None or line is None:
            return
        match event:
            case Translated(committed=committed, tentative=tentative, heard_s=heard_s, final=final):
                text = line.texts.setdefault(target, Text())
                lag_s = None
                if committed != text.committed:
                    lag_s = max(0.0, asyncio.get_running_loop().time() - heard_s)
                    self._audience.lagged(line, lag_s)
                text.grow(committed, tentative, final=final, lag_s=lag_s)
                self._audience.changed(line)
            case ReplyPhrase(turn=turn) if into.sounding is not None and into.sounding[0] != turn:
                self._finish_sound(into, target)
            case ReplyAudio(turn=turn, samples=samples, sample_rate_hz=rate_hz, text=phrase):
                if into.sounding is None or into.sounding[0] != turn:
                    self._finish_sound(into, target)
                    into.sounding = turn, Encoder("audio/pcm", rate_hz)
                self._audience.sounded(line, target, phrase, into.sounding[1].push(samples), samples.size / rate_hz)
            case ReplyDone(turn=turn) if into.sounding is not None and into.sounding[0] == turn:
                self._finish_sound(into, target)
            case Failed(message=message, code=code):
                self._audience.failed(line, message, code)  # what else is said in this line is still interpreted, and ends it

    def _finish_sound(self, into: _Into, target: str) -> None:
        if into.sounding is None:
            return
        (turn, encoder), into.sounding = into.sounding, None
        if (line := self._lines.get(turn)) is not None:
            rest = encoder.push(silence(0), last=True)
            if rest:
                self._audience.sounded(line, target, "", rest, 0.0)
            self._audience.spoken(line, target)
