"""One interpreter: the speech of one session in one other language, written and spoken while it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from functools import partial
from types import TracebackType
from typing import TypeVar

from assistant.engines import Engines, Translation, Voice
from assistant.errors import EngineError, ParleyError, PromptTooLong
from assistant.events import (
    Degraded,
    Event,
    Failed,
    Interrupted,
    Partial,
    PassBegun,
    ReplyAudio,
    ReplyDone,
    ReplyPhrase,
    Restored,
    SpeechPaused,
    SpeechResumed,
    Stamped,
    Translated,
    WritingFailed,
    Written,
)
from assistant.glossary import Glossary
from assistant.interpret import NOTHING, check_direction
from assistant.keeping_up import KeepingUp
from assistant.outages import voice_of
from assistant.pace import Pace, Phrase
from assistant.simultaneous import MEASURED, Patience, Simultaneous, Step
from assistant.turns import Policy

Emit = Callable[[Event], None]
_T = TypeVar("_T")

LISTENS = Policy(interrupts=False, answers=False, anticipates=False)
"""Of a session that is interpreted: nobody is answered, so nothing is drafted or stopped; what is said is written down."""

WORD_BY_WORD = "interpreting word by word"

LEAST_TOKENS, TOKENS_A_WORD = 24, 5
"""The most that a translation may have: a model that loops must not hold everybody up. In languages without spaces a letter counts as a token."""


class Interpreter:
    """Runs inside `async with`; leaving it cancels what is under way.

    `push` is an observer of the session that listens: its `turn` numbers are those of the facts given to `emit`, which are
    `Translated`, `ReplyPhrase`, `ReplyAudio`, `ReplyDone`, `Failed`, `Degraded` and `Restored`.
    Utterances are interpreted in order, one at a time; several interpreters may follow one session, each into a language of its own.
    """

    def __init__(
        self,
        engines: Engines,
        source: str,
        target: str,
        emit: Emit,
        *,
        glossary: Glossary = NOTHING,
        patience: Patience | None = None,
        speaks: Callable[[], bool] = lambda: True,
        whole: bool = False,
        lag_s: float = 2.0,
        deadline_s: float = 20.0,
    ) -> None:
        """Interpret from `source` into `target`.

        Args:
            engines: the language model is used, and the voice of `target`, if there is one.
            source: what the session listens to, ISO 639-1.
            target: what it is told in.
            emit: takes every fact, in order.
            glossary: words that are said in a certain way.
            patience: how certain a translation must be before it is said.
            speaks: asked before each phrase: whether anybody wants to hear it.
            whole: speak whole sentences alone, which sound better, and come later.
            lag_s: how long a word may wait for the model; if it must wait longer, whole phrases are interpreted.
            deadline_s: the longest wait for the next word of the model or sound of the voice.

        Raises:
            InputError: languages that nothing is interpreted between.
        """
        check_direction(source, target)
        self.source, self.target = source, target
        self._model, self._voice, self._glossary = engines.language_model, partial(voice_of, engines, target), glossary
        self._marks_ends = source in engines.recognizers and engines.recognizers[source].hearing.marks_ends
        self._emit, self._speaks, self._deadline_s = emit, speaks, deadline_s
        self._patience, self._lag_s = patience or MEASURED, lag_s
        self._keeping_up = KeepingUp(lag_s, self._patience.agree)
        self._model.translation(Translation("", source, target))
        self._open: dict[int, Simultaneous] = {}
        self._pass_s = 0.0
        self._pace = Pace(whole=whole)
        self._closed = False
        self._news, self._words_came, self._over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def __aenter__(self) -> Interpreter:
        self._loop = asyncio.get_running_loop()
        self._tasks = [
            self._loop.create_task(work, name=f"interpreter {self.source}-{self.target}") for work in (self._write(), self._speak())
        ]
        for task in self._tasks:
            task.add_done_callback(lambda _: self._over.set())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Cancel what is under way; may be called again."""
        self._closed = True
        self._over.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    def push(self, stamped: Stamped) -> None:
        """Take the next fact of the session."""
        match stamped.event:
            case PassBegun():
                self._pass_s = stamped.at_s
            case Partial(turn=turn, committed=committed, tentative=tentative):
                self._utterance(turn).hear(committed, tentative, self._pass_s)
            case SpeechPaused(turn=turn) | SpeechResumed(turn=turn) if turn in self._open:
                self._open[turn].pause(isinstance(stamped.event, SpeechPaused))
            case Written(turn=turn, text=text):
                self._utterance(turn).end(text, stamped.at_s)
            case WritingFailed(turn=turn) | Interrupted(turn=turn) if turn in self._open:
                self._open[turn].end(None, stamped.at_s)
            case _:
                return
        self._news.set()

    def send(self, turn: int, text: str) -> None:
        """Interpret a whole text, such as one that was typed."""
        self._utterance(turn).end(text, self._loop.time())
        self._news.set()

    async def done(self) -> None:
        """Return when all that came is written and spoken, or `close` was called; raise what ended the work, if anything did."""
        while (self._open or not self._pace.silent) and not self._closed:
            self._over.clear()
            await self._over.wait()
            for task in self._tasks:
                if task.done() and not task.cancelled():
                    task.result()

    def _utterance(self, turn: int) -> Simultaneous:
        return self._open.setdefault(turn, Simultaneous(self._patience, marks_ends=self._marks_ends))

    async def _write(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._open:
                turn, words = next(iter(self._open.items()))
                if (step := words.step(phrases=self._keeping_up.phrases)) is not None:
                    await self._translate(turn, words, step)
                elif words.done:
                    self._tell(turn, words, [])
                else:
                    break

    async def _translate(self, turn: int, words: Simultaneous, step: Step) -> None:
        rest, began_s = "", self._loop.time()
        try:
            rest = await self._asked(step)
        except PromptTooLong as error:
            if step.finished:
                self._emit(Failed(turn, "A sentence is longer than the language model can translate; say it in shorter ones.", error.code))
        except ParleyError as error:
            if step.finished:  # otherwise it is asked for again with the next word
                self._emit(Failed(turn, str(error), error.code))
        if self._keeping_up.push(self._loop.time() - began_s):
            self._tell_manner(turn)
        self._tell(turn, words, words.take(step, rest))

    def _tell_manner(self, turn: int) -> None:
        if self._keeping_up.phrases:
            why = f"a word would wait {self._keeping_up.expected_s:.1f} s for the model, and may wait {self._lag_s:g} s"
            self._emit(Degraded(turn, WORD_BY_WORD, why))
        else:
            self._emit(Restored(turn, WORD_BY_WORD))

    async def _asked(self, step: Step) -> str:
        """Return how the translation goes on behind what is begun."""
        terms = self._glossary.pairs(step.text, self.source, self.target)
        asked = Translation(step.text, self.source, self.target, step.begun, step.finished, terms)
        most_tokens = LEAST_TOKENS + max(TOKENS_A_WORD * len(step.text.split()), len(step.text))
        return "".join([piece async for piece in self._in_time(self._model.translate(asked, most_tokens=most_tokens))]).strip()

    def _tell(self, turn: int, words: Simultaneous, new: list[str]) -> None:
        if words.done:
            del self._open[turn]
        self._emit(Translated(turn, self.target, words.committed, words.tentative, words.heard_s, final=words.done))
        self._pace.push(turn, new, self._loop.time(), over=words.done)
        self._words_came.set()

    async def _speak(self) -> None:
        while True:
            now_s = self._loop.time()
            if (phrase := self._pace.take(now_s)) is None:
                self._words_came.clear()
                wait_s = self._pace.wait_s(now_s)  # at the same moment: 0 means that only words are waited for
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait_s or None):
                        await self._words_came.wait()
            elif phrase.text:
                try:
                    if (voice := self._voice()) is not None and self._speaks():
                        await self._say(phrase, voice)
                except ParleyError as error:
                    self._emit(Failed(phrase.turn, str(error), error.code))
            else:
                self._emit(ReplyDone(phrase.turn, ""))
                self._over.set()

    async def _say(self, phrase: Phrase, voice: Voice) -> None:
        self._emit(ReplyPhrase(phrase.turn, phrase.text))
        async for sound in self._in_time(voice.speak(self._glossary.respelled(phrase.text, self.target), rate=phrase.rate)):
            self._pace.spoke(sound.samples.size / voice.sample_rate_hz, self._loop.time())
            self._emit(ReplyAudio(phrase.turn, sound.samples, voice.sample_rate_hz, phrase.text, sound.words))

    async def _in_time(self, stream: AsyncGenerator[_T, None]) -> AsyncGenerator[_T, None]:
        """Yield what an engine gives, as long as nothing of it takes too long.

        Raises:
            EngineError: the next part did not come in time.
        """
        async with aclosing(stream):
            while True:
                try:
                    async with asyncio.timeout(self._deadline_s):
                        part = await anext(stream, None)
                except TimeoutError as error:
                    raise EngineError(
                        f"Interpreting took longer than {self._deadline_s:g} s a step; what follows is interpreted."
                    ) from error
                if part is None:
                    return
                yield part
