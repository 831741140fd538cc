"""One turn's answer: transcript -> responder -> phrases -> voice. One task; to stop it, cancel it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager

from assistant.engines import Defer, ToolCall, Voice
from assistant.errors import EngineError, ParleyError
from assistant.events import (
    Deferred,
    Event,
    Failed,
    Final,
    ReplyAudio,
    ReplyDone,
    ReplyPhrase,
    ReplyStarted,
    ReplyToken,
    Routed,
    ToolCalled,
    ToolRequested,
    WritingFailed,
    Written,
)
from assistant.onset import prompt
from assistant.phrases import FIRST_AT_MOST, Phraser
from assistant.respond import Answer, Responder, Used
from assistant.routed import Chosen
from assistant.urgency import Urgency, urgent

Emit = Callable[[Event], None]


class Gate:
    """What a reply's facts go through. Given `overheard`, it holds them until `release`, but lets that listen; once shut, it passes nothing."""

    def __init__(self, emit: Emit, *, overheard: Emit | None = None, waits: Callable[[], None] | None = None) -> None:
        """Pass facts to `emit`; `waits` is called when the reply can do no more before the release."""
        self._emit, self._overheard, self._waits = emit, overheard, waits
        self._held: list[Event] = []
        self._open = asyncio.Event()
        self._shut = False
        if overheard is None:
            self._open.set()

    def emit(self, event: Event) -> None:
        """Pass the event on, or keep it in order."""
        if self._shut:
            return
        if self._overheard is None:
            self._emit(event)
        else:
            self._held.append(event)
            self._overheard(event)

    def release(self) -> None:
        """Let what was held flow, and all that follows."""
        self._overheard = None
        held, self._held = self._held, []
        for event in held:
            self.emit(event)
        self._open.set()

    def shut(self) -> None:
        """Pass nothing from now on: the turn was stopped."""
        self._shut = True
        self._held.clear()

    def urgency(self) -> Urgency:
        """Return how soon the reply is wanted."""
        return Urgency.NOW if self._open.is_set() else Urgency.DRAFT

    async def released(self) -> None:
        """Wait until what the reply does may have effects."""
        if self._waits and not self._open.is_set():
            self._waits()
        await self._open.wait()


def ready(text: str) -> Callable[[], Awaitable[str]]:
    """Return what gives a transcript that is there already."""

    async def transcript() -> str:
        return text

    return transcript


async def reply(
    *,
    turn: int,
    transcript: Callable[[], Awaitable[str]],
    language: str,
    responder: Responder,
    voice: Voice | None,
    gate: Gate,
    deadline_s: float,
    first_phrase_characters: int = FIRST_AT_MOST,
) -> None:
    """Answer one turn; every fact goes through `gate`. Cancelled, it leaves no stream open.

    Args:
        turn: the number every event carries.
        transcript: gives the text to answer; empty means that nothing was said, and nothing follows.
        language: what `transcript` is in.
        responder: gives the words.
        voice: speaks them; None for text only.
        gate: where events go.
        deadline_s: the longest wait for the transcript, for the next token and for the next audio.
        first_phrase_characters: after so many the first phrase is cut at a space.
    """
    with _failing(turn, gate, deadline_s):
        async with asyncio.timeout(deadline_s):
            text = await transcript()
        gate.emit(Final(turn, text, language))
        if text:
            await _write_and_speak(turn, responder.respond(text, gate.released), voice, gate, deadline_s, Phraser(first_phrase_characters))


async def answer(
    *,
    turn: int,
    responder: Responder,
    voice: Voice | None,
    gate: Gate,
    deadline_s: float,
    first_phrase_characters: int = FIRST_AT_MOST,
) -> None:
    """Answer what is in the responder's history; otherwise as `reply`."""
    with _failing(turn, gate, deadline_s):
        await _write_and_speak(turn, responder.respond(None, gate.released), voice, gate, deadline_s, Phraser(first_phrase_characters))


async def written_down(
    transcript: Callable[[], Awaitable[str]], *, turn: int, ended: Event, language: str, deadline_s: float
) -> Written | WritingFailed:
    """Return the fact that an utterance, which `ended` ended, is written down without being answered, or could not be."""
    try:
        async with asyncio.timeout(deadline_s):
            return Written(turn, ended, await transcript(), language)
    except TimeoutError:
        return WritingFailed(turn, ended, f"No transcript came within {deadline_s:g} s.", EngineError.code)
    except EngineError as error:
        return WritingFailed(turn, ended, str(error), error.code)


async def announce(*, turn: int, text: str, voice: Voice | None, gate: Gate, deadline_s: float) -> None:
    """Say `text` unasked; otherwise as `reply`."""
    with _failing(turn, gate, deadline_s):
        await _write_and_speak(turn, _just(text), voice, gate, deadline_s, Phraser())


async def _just(text: str) -> AsyncGenerator[Answer, None]:
    yield text


@contextmanager
def _failing(turn: int, gate: Gate, deadline_s: float) -> Iterator[None]:
    """Turn what fails into the fact that the turn failed; what is asked meanwhile is as urgent as the gate says."""
    try:
        with urgent(gate.urgency):
            yield
    except TimeoutError:
        gate.emit(Failed(turn, f"No answer came within {deadline_s:g} s.", EngineError.code))
    except ParleyError as error:
        gate.emit(Failed(turn, str(error), error.code))


async def _write_and_speak(
    turn: int, pieces: AsyncGenerator[Answer, None], voice: Voice | None, gate: Gate, deadline_s: float, phraser: Phraser
) -> None:
    """Let words be written while earlier phrases are spoken."""
    gate.emit(ReplyStarted(turn))
    phrases: asyncio.Queue[str | None] = asyncio.Queue()
    try:
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(_write(turn, pieces, phraser, phrases, gate, deadline_s))
            group.create_task(_speak(turn, voice, phrases, gate, deadline_s))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors  # one stage failed; the group has ended the other
    gate.emit(ReplyDone(turn, writing.result()))


async def _write(
    turn: int, pieces: AsyncGenerator[Answer, None], phraser: Phraser, phrases: asyncio.Queue[str | None], gate: Gate, deadline_s: float
) -> str:
    words = ""
    async with aclosing(pieces):
        while True:
            async with asyncio.timeout(deadline_s):
                piece = await anext(pieces, None)
            match piece:
                case None:
                    break
                case Defer():
                    gate.emit(Deferred(turn))
                    continue
                case Chosen(to, why):
                    gate.emit(Routed(turn, to, why))
                    continue
                case ToolCall(name, arguments):
                    gate.emit(ToolRequested(turn, name, arguments))
                    continue
                case Used(name, arguments, said):
                    gate.emit(ToolCalled(turn, name, arguments, said))
                    if not said:
                        continue
                    token = said
                case str():
                    token = piece
            gate.emit(ReplyToken(turn, token))
            words += token
            for phrase in phraser.push(token):
                phrases.put_nowait(phrase)
    for phrase in phraser.flush():
        phrases.put_nowait(phrase)
    phrases.put_nowait(None)
    return words


async def _speak(turn: int, voice: Voice | None, phrases: asyncio.Queue[str | None], gate: Gate, deadline_s: float) -> None:
    sounds = 0
    while (phrase := await phrases.get()) is not None:
        gate.emit(ReplyPhrase(turn, phrase))
        if voice is None:
            continue
        async with aclosing(voice.speak(phrase)) as audio:
            while True:
                async with asyncio.timeout(deadline_s):
                    sound = await anext(audio, None)
                if sound is None:
                    break
                if sounds == 0:
                    sound = prompt(sound, voice.sample_rate_hz)
                sounds += 1
                gate.emit(ReplyAudio(turn, sound.samples, voice.sample_rate_hz, phrase, sound.words))
