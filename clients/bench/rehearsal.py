"""A conversation that is predicted: the real session on a clock that does not wait, its engines taking as long as it is told they do.

So whatever the pipeline does at once, ahead or in vain is in the prediction, and nothing of it is written a second time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle, islice

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.completeness import bare
from assistant.engines import Engines, Hearing, Message, Recognition, Sound, ToolSpec, Translation, Word
from assistant.governor import Governor, measures
from assistant.latency import Latency, percentile
from assistant.respond import Chat
from assistant.route import Doubt
from assistant.session import Session
from assistant.tools import Toolbox
from assistant.words import spread
from clients.bench.jump import JumpingLoop
from clients.bench.profiles import ANSWERS, ASKED, SYSTEM_OF_A_SHAPE
from clients.bench.room import HastyRoom
from models.advice.costs import Hears, Speaks, Writes
from models.llama import BATCH_TOKENS
from models.scripted import ScriptedDetector
from models.shape.engines import TOKENS_A_WORD
from models.shape.llama import SOUNDS_COMPLETE, SOUNDS_CUT

CHARACTER_S = 0.055
"""Sound of a question, for each of its characters."""

SPOKEN_CHARACTER_S = 0.075
"""Sound of an answer, for each of its characters, as Piper speaks."""

LONG_WORD = 7
"""Characters from which a word counts as two tokens of a language model."""

MARKS = ("<|start|>", "role", "\n", "<|end|>", "\n")
"""What a chat template puts around a message."""

WARM_UP, TURNS = 1, 6
"""Turns that do not count, and all of them."""

QUIET_S = 0.6

WINDOW_S = 30.0


@dataclass(frozen=True)
class Cast:
    """Who plays: what each engine takes."""

    hears: Hears
    writes: Writes
    speaks: Speaks


@dataclass(frozen=True)
class Foretold:
    """What a conversation of the cast would take: medians, in seconds after the last word."""

    final_s: float
    first_token_s: float
    first_phrase_s: float
    drafted_s: float | None
    """None where the answer was never ready before the end of the utterance was known."""
    voice_to_voice_s: float


def foretell(cast: Cast) -> Foretold | None:
    """Return what turns would take; None if half of them would get no spoken answer."""
    loop = JumpingLoop()
    try:
        latency = loop.run_until_complete(_conversation(cast))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
    turns = [timing.reached for timing in latency.turns.values()][WARM_UP:]

    def median(stage: str) -> float | None:
        found = [reached[stage] for reached in turns if stage in reached]
        return percentile(found, 0.5) if 2 * len(found) > len(turns) else None

    final, token, phrase, played = (median(stage) for stage in ("final", "first_token", "first_phrase", "playing"))
    if final is None or token is None or phrase is None or played is None:
        return None
    return Foretold(final, token, phrase, median("drafted"), played)


async def _conversation(cast: Cast) -> Latency:
    latency, room = Latency(), HastyRoom()
    hearing, model, voice = _Recognizer(cast.hears), _Model(cast.writes), _Voice(cast.speaks)
    engines = Engines(ScriptedDetector, {"en": hearing}, model, {"en": voice})
    chat = Chat(model, Toolbox(lambda: datetime(2026, 1, 1, tzinfo=UTC)), system=SYSTEM_OF_A_SHAPE)
    governor = Governor(measures=measures(hearing, model))
    async with Session(engines, chat, [latency, room], governor=governor) as session:
        room.enter(session)
        for number, (asked, answer) in enumerate(islice(zip(cycle(ASKED), cycle(ANSWERS), strict=False), TURNS)):
            words = spread(asked, 0.0, CHARACTER_S * len(asked))
            before_s = QUIET_S + 0.07 * number  # so that passes begin now here, now there
            hearing.words, model.question, model.answer = words, asked, answer
            await room.ask(np.concatenate([silence(round(before_s * LISTEN_RATE_HZ)), _sound(words)]))
    return latency


def _sound(words: Sequence[Word]) -> Samples:
    return np.full(round(words[-1].end_s * LISTEN_RATE_HZ), 0.5, np.float32)


@dataclass
class _Recognizer:
    """Hears the words that have ended; a pass at a time."""

    cost: Hears
    words: tuple[Word, ...] = ()

    def __post_init__(self) -> None:
        self.hearing = Hearing(window_s=WINDOW_S, padded=self.cost.padded)
        self._free = asyncio.Lock()

    async def recognize(self, samples: Samples, *, language: str, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        spoken_s = np.count_nonzero(samples) / LISTEN_RATE_HZ
        lead_s = (int(np.argmax(samples != 0)) if spoken_s else samples.size) / LISTEN_RATE_HZ
        first = self._first(known.split()) if not lead_s else 0  # sound before the speech: the beginning was not settled
        begin_s = self.words[first - 1].end_s if first else 0.0
        heard = tuple(
            Word(word.text, lead_s + word.start_s - begin_s, lead_s + word.end_s - begin_s)
            for word in self.words[first:] if word.end_s - begin_s <= spoken_s + 1e-3
        )  # fmt: skip
        async with self._free:
            await asyncio.sleep(self.cost.pass_s(samples.size / LISTEN_RATE_HZ, TOKENS_A_WORD * len(heard), times=times))
        return Recognition(" ".join(word.text for word in heard), language, heard if times else ())

    def _first(self, known: list[str]) -> int:
        texts = [word.text for word in self.words]
        return next((i for i in range(len(texts)) if texts[i : i + len(known)] == known), 0) if known else 0


@dataclass
class _Model:
    """Computes what a prompt does not share with what was computed before, batch by batch; a step at a time."""

    cost: Writes
    question: str = ""
    answer: str = ""
    memory_turns: int = 1
    takes_tools: bool = False
    threads: int = 1
    _computed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._free = asyncio.Lock()

    async def generate(
        self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = (), most_tokens: int = 200
    ) -> AsyncGenerator[str, None]:
        tokens = _tokens(messages, answered=True)
        for word in self.answer.split():
            await self._reach(tokens)
            yield f"{word} "
            tokens = [*tokens, word]

    async def anticipate(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> float:
        await self._reach(_tokens(messages, answered=False))
        return SOUNDS_COMPLETE if bare(messages[-1].content) == bare(self.question) else SOUNDS_CUT

    async def _reach(self, tokens: list[str]) -> None:
        while True:
            async with self._free:
                shared = next((i for i, (a, b) in enumerate(zip(self._computed, tokens, strict=False)) if a != b), len(self._computed))
                shared = min(shared, len(tokens) - 1)
                if self._computed == tokens:
                    return
                end = min(shared + BATCH_TOKENS, len(tokens))
                await asyncio.sleep(self.cost.batch_s(end - shared))
                self._computed = tokens[:end]
                if end == len(tokens):
                    return

    async def doubt(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> Doubt:
        return Doubt()

    async def count(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> int:
        return len(_tokens(messages, answered=True))

    def translation(self, asked: Translation) -> list[Message]:
        return [Message("user", asked.text)]

    async def translate(self, asked: Translation, *, most_tokens: int = 200) -> AsyncGenerator[str, None]:
        yield asked.text

    async def limit_threads(self, most: int | None) -> None:
        """There is one in any case."""


@dataclass
class _Voice:
    """A phrase at a time."""

    cost: Speaks
    sample_rate_hz: int = LISTEN_RATE_HZ

    def __post_init__(self) -> None:
        self._free = asyncio.Lock()

    async def speak(self, text: str, *, rate: float = 1.0) -> AsyncGenerator[Sound, None]:
        sound_s = SPOKEN_CHARACTER_S * len(text) / rate
        async with self._free:
            await asyncio.sleep(self.cost.phrase_s(sound_s))
        yield Sound(np.full(round(sound_s * LISTEN_RATE_HZ), 0.5, np.float32), spread(text, 0.0, sound_s))


def _tokens(messages: Sequence[Message], *, answered: bool) -> list[str]:
    """Return a prompt about as a chat template makes it; without what follows the last message if that is not `answered` yet."""
    found: list[str] = []
    for message in messages:
        words = [part for word in message.content.split() for part in ([word] if len(word) < LONG_WORD else [word, f"+{word}"])]
        found += [*MARKS[:1], message.role, MARKS[2], *words, *MARKS[3:]]
    return [*found, MARKS[0], "assistant", MARKS[2]] if answered else found[: -len(MARKS[3:])]
