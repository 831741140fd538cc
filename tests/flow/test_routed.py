"""Small and large as one conversation, on virtual time: who answers, when, and what is said around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from assistant.engines import Message, Piece, ToolCall, ToolSpec
from assistant.errors import EngineError, EngineUnavailable
from assistant.events import Deferred, Event, Failed, ReplyDone, ReplyToken, Routed, ToolCalled
from assistant.redaction import Redaction
from assistant.respond import Chat
from assistant.route import Doubt, Privacy, Rules
from assistant.routed import Lines, Patience, Router
from tests.conftest import Run, on_virtual_time
from tests.flow.stage import Stage

HARD, EASY, CLOSE = Doubt(0.99), Doubt(0.01), Doubt(0.6, 0.0, 1.0)
SMALL, LARGE = ["I", " do", " not", " know."], ["It ", "is ", "Paris."]
E = TypeVar("E", bound=Event)


@dataclass
class ScriptedLarge:
    """A `LargeModel` that waits `delay_s` and gives `pieces`; an exception among them is raised."""

    pieces: Sequence[Piece | Exception] = tuple(LARGE)
    delay_s: float = 0.3
    first_s: float | None = None
    token_s: float = 0.05
    left: float = 1.0
    reachable: bool = True
    asked: list[list[Message]] = field(default_factory=list)
    open: int = 0

    def most_usd(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> float | None:
        return 0.01

    def left_usd(self, session: str) -> float:
        return self.left

    async def answer(
        self, messages: Sequence[Message], *, tools: Sequence[ToolSpec], session: str, redaction: Redaction, told: Callable[[str], None]
    ) -> AsyncGenerator[Piece, None]:
        self.asked.append(list(messages))
        self.open += 1
        try:
            await asyncio.sleep(self.delay_s)
            for piece in self.pieces:
                if isinstance(piece, Exception):
                    raise piece
                told("Hosted")
                yield piece
                await asyncio.sleep(self.token_s)
        finally:
            self.open -= 1


def routed(large: ScriptedLarge, doubt: Doubt, *said: str, privacy: Privacy = Privacy.HARD, quiet_s: float = 8.0) -> Stage:
    """Return the stage after these things were said and answered."""

    async def work() -> Stage:
        stage = Stage(dict.fromkeys(said, SMALL))
        stage.model.doubts = lambda text: doubt
        router = Router(large, Rules(privacy), "s", Patience(0.5, 4.0, 1.0))
        stage.chat = Chat(stage.model, stage.toolbox, router=router)
        async with stage:
            for text in said:
                stage.session.send(text)
                await stage.quiet(quiet_s)
        assert large.open == 0
        return stage

    return on_virtual_time(work())


def of(stage: Stage, kind: type[E]) -> list[E]:
    return [stamped.event for stamped in stage.facts if isinstance(stamped.event, kind)]


def said(stage: Stage) -> list[str]:
    return [event.text for event in of(stage, ReplyDone)]


def test_what_is_easy_stays_here() -> None:
    large = ScriptedLarge()
    stage = routed(large, EASY, "hello")
    assert said(stage) == ["I do not know."]
    assert large.asked == []
    [event] = of(stage, Routed)
    assert event.to == "small"
    assert "sure of itself" in event.why


def test_what_is_hard_is_answered_by_the_large_model() -> None:
    stage = routed(ScriptedLarge(), HARD, "which city")
    assert said(stage) == ["It is Paris."]
    assert [event.to for event in of(stage, Routed)] == ["Hosted"]


def test_a_wait_is_filled_honestly() -> None:
    stage = routed(ScriptedLarge(delay_s=2.0), HARD, "which city")
    assert said(stage) == [f"{Lines().opener} It is Paris."]


def test_who_takes_too_long_is_not_waited_for() -> None:
    stage = routed(ScriptedLarge(delay_s=60.0), HARD, "which city")
    assert said(stage) == [f"{Lines().opener} I do not know."]
    [event] = of(stage, Routed)
    assert (event.to, event.why) == ("small", "the large model took longer than 4 s")
    sent_s = stage.facts[0].at_s
    local_s = next(s.at_s for s in stage.facts if isinstance(s.event, ReplyToken) and s.event.text == "I")
    assert local_s - sent_s <= 4.3


@pytest.mark.parametrize("error", [EngineUnavailable("Hosted cannot be reached; check the connection."), EngineError("Broken.")])
def test_who_fails_is_replaced_at_once(error: Exception) -> None:
    stage = routed(ScriptedLarge(pieces=[error]), HARD, "which city")
    assert said(stage) == ["I do not know."]
    assert of(stage, Routed)[0].why == str(error)
    assert of(stage, Failed) == []


def test_an_empty_answer_is_none() -> None:
    assert said(routed(ScriptedLarge(pieces=[]), HARD, "which city")) == ["I do not know."]


def test_an_answer_that_breaks_off_says_so() -> None:
    stage = routed(ScriptedLarge(pieces=["It ", "is ", EngineError("Gone.")]), HARD, "which city")
    assert said(stage) == [f"It is  … {Lines().broken}"]


def test_both_begin_where_it_is_close_and_the_large_one_wins_in_time() -> None:
    assert said(routed(ScriptedLarge(), CLOSE, "which city")) == ["It is Paris."]
    assert said(routed(ScriptedLarge(delay_s=2.0), CLOSE, "which city")) == ["I do not know."]


def test_a_tool_that_the_large_model_calls_is_used_here() -> None:
    stage = routed(ScriptedLarge(pieces=[ToolCall("calculate", {"expression": "6*7"})]), HARD, "which city")
    assert [event.name for event in of(stage, ToolCalled)] == ["calculate"]
    assert said(stage) == ["That's 42."]


def test_without_money_the_small_model_answers() -> None:
    large = ScriptedLarge(left=0.0)
    stage = routed(large, HARD, "which city")
    assert large.asked == []
    assert said(stage) == ["I do not know."]
    assert "left" in of(stage, Routed)[0].why


def test_who_wants_to_be_asked_is() -> None:
    large = ScriptedLarge()
    stage = routed(large, HARD, "which city", "Yes, please.", privacy=Privacy.ASK)
    assert said(stage) == [Lines().ask, "It is Paris."]
    assert [message.content for message in large.asked[0]][-1] == "which city"


def test_a_no_is_a_no() -> None:
    large = ScriptedLarge()
    stage = routed(large, HARD, "which city", "no", "yes", privacy=Privacy.ASK)
    assert large.asked == [] or [message.content for message in large.asked[0]][-1] != "which city"
    assert said(stage)[0] == Lines().ask


def test_nothing_leaves_while_somebody_may_go_on(virtual: Run) -> None:
    """A draft at a pause may prepare, but not ask."""

    async def work() -> None:
        large, seen = ScriptedLarge(), list[float]()
        stage = Stage({"which city": SMALL})
        stage.model.doubts = lambda _: HARD
        released = asyncio.Event()
        router = Router(large, Rules(Privacy.HARD), "s")

        async def wait() -> None:
            await released.wait()

        async def read() -> None:
            async for _ in router.answer(stage.model, [Message("user", "which city")], (), wait):
                seen.append(asyncio.get_running_loop().time())

        task = asyncio.create_task(read())
        await asyncio.sleep(5)
        assert large.asked == []
        released.set()
        await task
        assert seen
        assert len(large.asked) == 1

    virtual(work())


def test_an_interrupted_answer_is_closed(virtual: Run) -> None:
    async def work() -> None:
        large = ScriptedLarge(pieces=LARGE * 50)
        stage = Stage({"which city": SMALL})
        stage.model.doubts = lambda _: HARD
        stage.chat = Chat(stage.model, stage.toolbox, router=Router(large, Rules(Privacy.HARD), "s"))
        async with stage:
            stage.session.send("which city")
            await stage.quiet(1.5)
            assert large.open == 1
            stage.session.interrupt()
            await stage.quiet(0.1)
            assert large.open == 0
        assert of(stage, Deferred) == []

    virtual(work())
