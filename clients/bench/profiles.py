"""What is measured: the starter models on recorded questions, or shape models on a script whose words cost what real ones would."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
import soxr

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.engines import Engines, Word
from assistant.errors import InputError
from assistant.respond import SYSTEM, Chat
from assistant.settings import Settings
from assistant.tools import Toolbox
from clients.bench.room import recording
from clients.cli.running import engines, errors
from models.load import load_voice

RECORDED = ("seven-times-eight", "five-minutes", "miles")

SHAPES = {
    "shape": ("whisper-base.en", "qwen2.5-0.5b-q4_0"),
    "shape-1b": ("whisper-base.en", "llama-3.2-1b-q4_k_m"),
    "shape-stock": ("whisper-base.en-padded", "qwen2.5-0.5b-q4_0"),
}
"""The recognizer and the language model by profile; the stock recognizer is one that takes 30 s, padded, as public models do."""

ASKED = (
    "How long does the train take from the old harbor to here?",
    "Could you tell me what the weather will be like this weekend?",
    "Which of the two roads is shorter if we leave after lunch?",
    "Please read me the first three lines of the letter from Anna.",
    "What should I cook tonight if there are only eggs and rice?",
    "Where did we put the keys of the little house last summer?",
    "Why is the sky so red in the evening before it rains?",
    "When does the library close today and is it open on Sunday?",
)
"""Twelve words each."""

ANSWERS = (
    "Well, I think it depends a little on the day, but most people would say that it is worth the wait if you like it.",
    "As far as I know, most people take the road along the river and are there in less than half an hour on good days.",
    "It takes about forty minutes by train, or a little more than an hour if you go by bus and have to wait for it.",
)
"""About twenty-five words, a token each; the first phrase ends behind one, five and seven of them."""

SYSTEM_OF_A_SHAPE = " ".join([SYSTEM, *["Answer in one or two short sentences that are easy to say aloud."] * 4])
"""With one earlier turn and the question this makes a prompt of about 300 tokens."""


@dataclass(frozen=True)
class Question:
    """An utterance at 16 kHz; the rest only where a script says what is heard, and answered piece by piece."""

    samples: Samples
    text: str = ""
    words: tuple[Word, ...] = ()
    answer: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """Engines at work, what they are asked, and how each question is announced to them."""

    name: str
    engines: Engines
    questions: Sequence[Question]
    announce: Callable[[Question], Awaitable[None]]
    system: str = SYSTEM

    def chat(self) -> Chat:
        """Return a new conversation."""
        return Chat(self.engines.language_model, Toolbox(), system=self.system)


async def _nothing(_: Question) -> None:
    return None


@asynccontextmanager
async def profile(name: str, settings: Settings) -> AsyncGenerator[Profile, None]:
    """Load the engines of one profile, and end them afterwards.

    Raises:
        InputError: there is no such profile.
    """
    match name:
        case "starter":
            async with engines(settings) as loaded:
                yield Profile(name, loaded, [Question(recording(each)) for each in RECORDED], _nothing)
        case _ if name in SHAPES:
            async with _shape(name, settings) as made:
                yield made
        case _:
            raise InputError(f"There is no profile {name!r}; choose from starter, {', '.join(SHAPES)}.")


@asynccontextmanager
async def _shape(name: str, settings: Settings) -> AsyncGenerator[Profile, None]:
    from models.shape import shape_model  # what it needs is large
    from models.shape.load import VOICE

    with errors.status("Making the shape models …") as status:
        recognizer, language_model, voice = (shape_model(each, tell=status.update) for each in (*SHAPES[name], VOICE))
    async with shaped(name, recognizer, language_model, voice, settings) as made:
        yield made


@asynccontextmanager
async def shaped(name: str, recognizer: Path, language_model: Path, voice: Path, settings: Settings) -> AsyncGenerator[Profile, None]:
    """Load models that say a script and do the work of it, and end them afterwards."""
    from models.shape.load import load_shape

    questions = [await _spoken(text, answer) for text, answer in zip(ASKED, cycle(ANSWERS), strict=False)]
    loaded, script = await load_shape(recognizer, language_model, voice, settings.models)

    async def announce(question: Question) -> None:
        await script(question.words, question.text, question.answer)

    try:
        yield Profile(name, loaded, questions, announce, SYSTEM_OF_A_SHAPE)
    finally:
        await loaded.close()


async def _spoken(text: str, answer: str) -> Question:
    """Return a text as the starter voice says it, with the time of each word, and its answer in pieces."""
    voice, close = await load_voice("en")
    try:
        async with aclosing(voice.speak(text)) as sounds:
            parts = [sound async for sound in sounds]
    finally:
        await close()
    heard = np.concatenate([soxr.resample(part.samples, voice.sample_rate_hz, LISTEN_RATE_HZ) for part in parts])
    return Question(heard, text, parts[0].words, tuple(f"{word} " for word in answer.split()))
