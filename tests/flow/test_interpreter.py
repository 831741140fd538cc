"""Interpreting on virtual time: a scripted speaker, and a model that translates word by word into capitals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from itertools import count, pairwise
from unittest.mock import Mock

import pytest

from assistant.engines import Message, Piece, ToolSpec
from assistant.errors import EngineError, InputError
from assistant.events import Degraded, Event, Failed, Partial, ReplyAudio, ReplyDone, ReplyPhrase, Restored, Translated, Written
from assistant.glossary import Glossary
from assistant.interpret import Interpret
from assistant.interpreter import LEAST_TOKENS, LISTENS, Interpreter
from assistant.manners import Manners
from assistant.session import Session
from assistant.simultaneous import Patience
from models.scripted import ScriptedModel
from models.translation import STARTER_UNFINISHED
from tests.conftest import Run
from tests.flow.stage import Stage


@dataclass
class Capitals(ScriptedModel):
    """Translates a word into capitals; of a sentence that goes on, all but the last one."""

    failing: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    most_tokens: list[int] = field(default_factory=list)

    async def generate(
        self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = (), most_tokens: int = 200
    ) -> AsyncGenerator[Piece, None]:
        text = next(message.content for message in messages if message.role == "user")
        self.asked.append(text)
        self.most_tokens.append(most_tokens)
        begun = messages[-1].content.split() if messages[-1].role == "assistant" else []
        words = text.removesuffix(STARTER_UNFINISHED).upper().split()
        if text.endswith(STARTER_UNFINISHED):
            words.pop()
        self.streams.open += 1
        try:
            for word in words[len(begun) :]:
                await asyncio.sleep(self.token_s)
                if text in self.failing:
                    raise EngineError("The model fails, as it was told.")
                yield f" {word}"
        finally:
            self.streams.open -= 1


class Scene(Stage):
    """A stage whose session is interpreted."""

    def __init__(self, *, patience: Patience | None = None, glossary: Glossary | None = None, speaks: bool = True) -> None:
        super().__init__(manners=Manners(speaks=None, policy=LISTENS))
        self.capitals = Capitals(lambda _: ())
        self.engines = replace(self.engines, language_model=self.capitals)
        self.told: list[tuple[float, Event]] = []
        self._given = {"patience": patience, "glossary": glossary or Glossary(), "speaks": lambda: speaks, "deadline_s": 5.0}

    async def __aenter__(self) -> Scene:
        self._stack = AsyncExitStack()
        self.interpreter = await self._stack.enter_async_context(Interpreter(self.engines, "en", "es", self._tell, **self._given))  # type: ignore[arg-type]
        observers = [self.facts.append, self.interpreter.push]
        self.session = await self._stack.enter_async_context(
            Session(self.engines, Interpret(self.capitals, "en", "es"), observers, self.manners)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        assert self.capitals.streams.open == 0
        assert self.voice.streams.open == 0

    def _tell(self, event: Event) -> None:
        self.told.append((asyncio.get_running_loop().time(), event))

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for _, event in self.told if isinstance(event, kind)]

    def texts(self) -> list[str]:
        """The final translation of each turn."""
        return [event.committed for event in self.of(Translated) if isinstance(event, Translated) and event.final]


LONG = "we shall meet at the old house near the river tomorrow morning before noon"


def test_the_translation_comes_while_the_sentence_goes_on_and_is_never_taken_back(virtual: Run) -> None:
    async def work() -> None:
        async with Scene() as scene:
            await scene.say(LONG)
            ended_s = asyncio.get_running_loop().time()
            await scene.quiet(2.0)
            await scene.interpreter.done()
            translated = [(at_s, event) for at_s, event in scene.told if isinstance(event, Translated)]
            before = [event for at_s, event in translated if at_s < ended_s]
            assert len(before[-1].committed.split()) >= len(LONG.split()) / 2
            for (_, one), (_, other) in pairwise(translated):
                assert other.committed.startswith(one.committed)
            assert scene.texts() == [LONG.upper()]
            first_sound_s = next(at_s for at_s, event in scene.told if isinstance(event, ReplyAudio))
            assert first_sound_s < ended_s
            assert " ".join(event.text for event in scene.of(ReplyPhrase) if isinstance(event, ReplyPhrase)) == LONG.upper()
            assert len(scene.of(ReplyDone)) == 1
            assert all(0 <= at_s - event.heard_s < 2.0 for at_s, event in translated)

    virtual(work())


def test_utterances_follow_one_another(virtual: Run) -> None:
    async def work() -> None:
        async with Scene() as scene:
            for text in ("good morning to you", "how are you today", "fine"):
                await scene.say(text)
                await scene.quiet(1.5)
            await scene.interpreter.done()
            assert scene.texts() == ["GOOD MORNING TO YOU", "HOW ARE YOU TODAY", "FINE"]
            assert [event.turn for event in scene.of(ReplyDone)] == [1, 2, 3]

    virtual(work())


def test_a_sentence_that_fails_is_told_and_the_next_is_interpreted(virtual: Run) -> None:
    async def work() -> None:
        async with Scene() as scene:
            scene.capitals.failing.append("good morning")
            await scene.say("good morning")
            await scene.quiet(1.5)
            await scene.say("how are you")
            await scene.quiet(1.5)
            await scene.interpreter.done()
            assert scene.of(Failed)
            assert scene.texts()[-1] == "HOW ARE YOU"

    virtual(work())


def test_a_model_that_hangs_holds_nobody_up(virtual: Run) -> None:
    async def work() -> None:
        async with Scene() as scene:
            scene.capitals.token_s = 1000.0
            scene.interpreter.send(1, "never mind")
            await asyncio.sleep(20)
            scene.capitals.token_s = 0.01
            scene.interpreter.send(2, "never mind")
            await scene.interpreter.done()
            [failed] = scene.of(Failed)
            assert isinstance(failed, Failed)
            assert "longer than 5 s" in failed.message
            assert scene.texts() == ["", "NEVER MIND"]

    virtual(work())


def test_a_recognizer_that_fails_leaves_what_was_understood(virtual: Run) -> None:
    async def work() -> None:
        async with Scene() as scene:
            await scene.say("we shall meet at the old house")
            scene.recognizer.failing = True
            await scene.quiet(2.0)
            await scene.interpreter.done()
            assert not any(isinstance(stamped.event, Written) for stamped in scene.facts)
            last = [stamped.event for stamped in scene.facts if isinstance(stamped.event, Partial)][-1]
            assert scene.texts() == [f"{last.committed} {last.tentative}".strip().upper()]

    virtual(work())


def test_terms_reach_the_model_and_the_voice(virtual: Run) -> None:
    async def work() -> None:
        glossary = Glossary.read({"term": [{"en": "gateway", "es": "pasarela", "said": {"es": "pa-sa-re-la"}}]}, "words.toml")
        async with Scene(glossary=glossary) as scene:
            scene.interpreter.send(1, "a gateway is open")
            await scene.interpreter.done()
            assert scene.capitals.asked == ["a pasarela is open"]
            assert scene.texts() == ["A PASARELA IS OPEN"]
            [phrase] = scene.of(ReplyPhrase)
            assert isinstance(phrase, ReplyPhrase)
            assert phrase.text == "A PASARELA IS OPEN"
            sounds = [event for event in scene.of(ReplyAudio) if isinstance(event, ReplyAudio)]
            assert sum(sound.samples.size for sound in sounds) == pytest.approx(16_000 * 0.05 * len("A pa-sa-re-la IS OPEN"), rel=0.01)

    virtual(work())


def test_nothing_is_spoken_if_nobody_wants_to_hear_it(virtual: Run) -> None:
    async def work() -> None:
        async with Scene(speaks=False) as scene:
            scene.interpreter.send(1, "good morning")
            await scene.interpreter.done()
            assert scene.texts() == ["GOOD MORNING"]
            assert not scene.of(ReplyAudio)
            assert len(scene.of(ReplyDone)) == 1

    virtual(work())


def test_languages_that_the_model_does_not_know(virtual: Run) -> None:
    async def work() -> None:
        stage = Stage()
        for source, target in (("en", "en"), ("en", "xx"), ("en", "ja")):
            with pytest.raises(InputError):
                Interpreter(stage.engines, source, target, print)

    virtual(work())


def test_a_model_that_is_too_slow_for_words_interprets_phrases(virtual: Run) -> None:
    async def work() -> None:
        async with Scene() as scene:
            scene.capitals.token_s = 0.4
            await scene.say(LONG)
            await scene.quiet(2.0)
            await scene.say("when it rains, we stay at home")
            await scene.quiet(2.0)
            await scene.interpreter.done()
            [degraded] = scene.of(Degraded)
            assert isinstance(degraded, Degraded)
            assert degraded.what == "interpreting word by word"
            assert scene.texts() == [LONG.upper(), "WHEN IT RAINS, WE STAY AT HOME"]
            asked = len(scene.capitals.asked)
            scene.capitals.token_s = 0.001
            for _ in range(8):
                await scene.say("good morning to you")
                await scene.quiet(2.0)
            await scene.interpreter.done()
            assert len(scene.of(Restored)) == 1
            assert len(scene.capitals.asked) > asked

    virtual(work())


def test_a_mistake_in_the_program_is_told_to_who_waits(virtual: Run) -> None:
    async def work() -> None:
        stage = Stage()

        def fail(event: Event) -> None:
            raise ZeroDivisionError(f"on purpose, with {event.turn}")

        async with Interpreter(replace(stage.engines, language_model=Capitals(lambda _: ())), "en", "es", fail) as interpreter:
            interpreter.send(1, "good morning")
            with pytest.raises(ZeroDivisionError):
                await interpreter.done()

    virtual(work())


def test_who_waits_for_an_interpreter_that_is_closed_goes_on(virtual: Run) -> None:
    async def work() -> None:
        async with Scene() as scene:
            scene.capitals.token_s = 1000.0
            scene.interpreter.send(1, "good morning")
            waiting = asyncio.create_task(scene.interpreter.done())
            await asyncio.sleep(1)
            await scene.interpreter.close()
            await waiting

    virtual(work())


def test_a_text_without_spaces_may_have_a_long_translation(virtual: Run) -> None:
    async def work() -> None:
        async with Scene() as scene:
            scene.interpreter.send(1, "这个网关是开的" * 20)
            await scene.interpreter.done()
            assert scene.capitals.most_tokens == [LEAST_TOKENS + 140]

    virtual(work())


def test_a_phrase_is_spoken_though_its_moment_comes_while_it_is_looked_for(virtual: Run) -> None:
    """Each look at the clock takes a millisecond; words come shortly before those that are being played are over."""

    async def work() -> None:
        loop = asyncio.get_running_loop()
        for wait_ms in range(700, 800):
            async with Scene() as scene:
                looks, began_s = count(), loop.time()
                scene.interpreter._pace.spoke(1.0, began_s)
                scene.interpreter._loop = Mock(wraps=loop, time=lambda looks=looks: loop.time() + next(looks) * 1e-3)
                await asyncio.sleep(wait_ms / 1000)
                scene.interpreter.send(1, "Good morning.")
                await scene.interpreter.done()
                assert len(scene.of(ReplyDone)) == 1

    virtual(work())
