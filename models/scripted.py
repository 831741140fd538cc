"""Engines that follow a script, in real or virtual time: for tests, and for measuring the pipeline without models.

Their speech is a toy: each word is a stretch of samples of one level, the first sample negative. So a recognizer that is
given half a word hears half a word, and what becomes of it can be told exactly.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.engines import Engines, Hearing, Message, Piece, Recognition, Sound, ToolSpec, Translation, Word
from assistant.errors import EngineError
from assistant.route import Doubt
from assistant.words import word_spans
from models.translation import wording_of

WORD_SAMPLES = 4800
"""A word lasts 0.3 s: no whole number of chunks, as in life."""

_BASE, _STEP = 0.25, 1 / 2048

_ASKED = wording_of("Parley starter")


class Vocabulary:
    """The words of a script, each with a level; at most 1,500."""

    def __init__(self) -> None:
        self._words: list[str] = []

    def say(self, text: str) -> Samples:
        """Return the words as 16 kHz samples."""
        return np.concatenate([silence(0), *(self._word(word) for word in text.split())])

    def _word(self, word: str) -> Samples:
        if word not in self._words:
            self._words.append(word)
        samples = np.full(WORD_SAMPLES, _BASE + _STEP * self._words.index(word), np.float32)
        samples[0] *= -1
        return samples

    def hear(self, samples: Samples) -> list[Word]:
        """Return the words in the samples; `~` stands where the beginning or the end of one is missing."""
        loud = np.abs(samples) >= _BASE
        edges = np.flatnonzero(np.diff(np.concatenate([[0], np.where(loud, np.abs(samples), 0), [0]])) != 0)
        starts = np.union1d(edges, np.flatnonzero(samples <= -_BASE))
        heard: list[Word] = []
        for start, end in itertools.pairwise(starts):
            if not loud[start]:
                continue
            word = self._words[round((abs(float(samples[start])) - _BASE) / _STEP)]
            text = f"{'' if samples[start] < 0 else '~'}{word}{'' if samples[start] > 0 or end - start >= WORD_SAMPLES else '~'}"
            heard.append(Word(text, start / LISTEN_RATE_HZ, end / LISTEN_RATE_HZ))
        return heard


class ScriptedDetector:
    """A `Detector`: what is louder than a whisper is speech."""

    def probability(self, chunk: Samples) -> float:
        return 0.95 if float(np.abs(chunk).max()) > 0.1 else 0.02

    def reset(self) -> None:
        pass


HEARING = Hearing(window_s=9.5)
"""As the starter recognizer's."""


@dataclass
class ScriptedRecognizer:
    """A `Recognizer` of a vocabulary; each pass takes `pass_s`."""

    vocabulary: Vocabulary
    pass_s: float = 0.05
    hearing: Hearing = HEARING
    passes: int = 0
    failing: bool = False

    async def recognize(self, samples: Samples, *, language: str, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        """Return the words of the samples.

        Raises:
            EngineError: more than a window, or `failing` is set.
        """
        self.passes += 1
        await asyncio.sleep(self.pass_s)
        if self.failing:
            raise EngineError("The scripted recognizer fails, as it was told.")
        if samples.size > self.hearing.window_s * LISTEN_RATE_HZ:
            raise EngineError(f"{samples.size / LISTEN_RATE_HZ:.2f} s are more than the window of {self.hearing.window_s:g} s.")
        words = self.vocabulary.hear(samples)
        if known and words and words[0].text.startswith("~") and known.split()[0] != words[0].text:
            del words[0]  # what is left of the word before those that are known
        return Recognition(" ".join(word.text for word in words), language, tuple(words) if times else ())


@dataclass
class Streams:
    """What streams an engine has: all ever opened, and those not closed yet."""

    opened: int = 0
    open: int = 0


@dataclass
class ScriptedModel:
    """A `LanguageModel` that answers with `answer(text)`, piece by piece."""

    answer: Callable[[str], Sequence[Piece]]
    first_s: float = 0.1
    token_s: float = 0.02
    memory_turns: int = 4
    takes_tools: bool = False
    threads: int = 2
    streams: Streams = field(default_factory=Streams)
    prompts: list[tuple[Message, ...]] = field(default_factory=list)
    complete: Callable[[str], float] = lambda _: 1.0
    doubts: Callable[[str], Doubt] = lambda _: Doubt()
    anticipated: list[str] = field(default_factory=list)
    most_threads: int | None = None

    async def generate(
        self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = (), most_tokens: int = 200
    ) -> AsyncGenerator[Piece, None]:
        """Yield the scripted pieces, each of which counts as a token; an exception among them is raised in its place."""
        self.prompts.append(tuple(messages))
        self.streams.opened += 1
        self.streams.open += 1
        try:
            await asyncio.sleep(self.first_s)
            for piece in itertools.islice(self.answer(messages[-1].content), most_tokens):
                if isinstance(piece, Exception):
                    raise piece
                yield piece
                await asyncio.sleep(self.token_s)
        finally:
            self.streams.open -= 1

    async def anticipate(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> float:
        """Take `first_s`; say that the message is `complete`."""
        self.anticipated.append(messages[-1].content)
        await asyncio.sleep(self.first_s)
        return self.complete(messages[-1].content)

    async def doubt(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> Doubt:
        """Take `first_s`; say what `doubts` say."""
        await asyncio.sleep(self.first_s)
        return self.doubts(messages[-1].content)

    def translation(self, asked: Translation) -> list[Message]:
        """Ask as the starter model is asked."""
        return _ASKED(asked)

    async def translate(self, asked: Translation, *, most_tokens: int = 200) -> AsyncGenerator[str, None]:
        """Yield what it answers to that."""
        async with aclosing(self.generate(self.translation(asked), most_tokens=most_tokens)) as pieces:
            async for piece in pieces:
                if isinstance(piece, str):
                    yield piece

    async def count(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> int:
        """Return the number of words."""
        return sum(len(message.content.split()) for message in messages)

    async def limit_threads(self, most: int | None) -> None:
        """Remember it."""
        self.most_threads = most


@dataclass
class ScriptedVoice:
    """A `Voice` that speaks each character for 50 ms."""

    first_s: float = 0.04
    sample_rate_hz: int = LISTEN_RATE_HZ
    character_s: float = 0.05
    failing: bool = False
    streams: Streams = field(default_factory=Streams)

    async def speak(self, text: str, *, rate: float = 1.0) -> AsyncGenerator[Sound, None]:
        """Yield the phrase in two parts, or a single word in one.

        Raises:
            EngineError: `failing` is set.
        """
        if self.failing:
            raise EngineError("The scripted voice fails, as it was told.")
        self.streams.opened += 1
        self.streams.open += 1
        try:
            await asyncio.sleep(self.first_s)
            words, character_s = word_spans(text), self.character_s / rate
            half = len(words) // 2
            middle = words[half].start if half else 0
            for start, end, part in ((0, middle, words[:half]), (middle, len(text), words[half:])):
                if end > start:
                    samples = np.full(round((end - start) * character_s * self.sample_rate_hz), 0.5, np.float32)
                    times = [((word.start - start) * character_s, (word.stop - start) * character_s) for word in part]
                    yield Sound(samples, tuple(Word(text[word], *time) for word, time in zip(part, times, strict=True)))
        finally:
            self.streams.open -= 1


def scripted_engines(
    vocabulary: Vocabulary, answers: Mapping[str, Sequence[Piece]], *, otherwise: Sequence[Piece] = ("Yes.",)
) -> tuple[Engines, ScriptedRecognizer, ScriptedModel, ScriptedVoice]:
    """Return engines that answer each text of `answers` with its pieces, and the engines one by one."""
    recognizer = ScriptedRecognizer(vocabulary)
    model = ScriptedModel(lambda text: answers.get(text, otherwise))
    voice = ScriptedVoice()
    engines = Engines(ScriptedDetector, {"en": recognizer}, model, {"en": voice, "es": voice})
    return engines, recognizer, model, voice
