"""A session behind a wake phrase, on virtual time: what is meant for somebody else leaves no trace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from assistant.attention import Addressed, Attention
from assistant.events import Final, Partial, ReplyAudio, SpeechStarted, Stamped
from assistant.session import Session
from assistant.wake import WakePhrase
from tests.conftest import Run
from tests.flow.stage import Stage

AWAKE_S = 8.0


class Addressing(Stage):
    """A stage whose session waits for "hey parley"; `facts` are those that were told."""

    async def __aenter__(self) -> Addressing:
        self.attention = Attention(self._told, AWAKE_S)
        self.attention.phrase = WakePhrase("hey parley")
        self.session = Session(self.engines, Addressed(self.chat, self.attention), [self.attention], self.manners)
        await self.session.__aenter__()
        return self

    def _told(self, stamped: Stamped) -> None:
        self.facts.append(stamped)
        self._play(stamped)

    def finals(self) -> list[str]:
        return [event.text for event in self.of(Final) if isinstance(event, Final)]

    @property
    def asked(self) -> list[str]:
        """All that the model was ever shown of the user, in the last prompt."""
        return [message.content for message in self.chat._history.messages("", None)[1:]]


def scene(play: Callable[[Addressing], Awaitable[None]], virtual: Run, **answers: str) -> Addressing:
    stage = Addressing({text.replace("_", " "): [answer] for text, answer in answers.items()})

    async def run() -> None:
        async with stage:
            await play(stage)

    virtual(run())
    return stage


def test_what_is_said_to_somebody_else_is_as_if_never_said(virtual: Run) -> None:
    async def play(stage: Addressing) -> None:
        await stage.ask("nice weather is it not")
        await stage.quiet(2)

    stage = scene(play, virtual)
    assert stage.facts == [] or {type(stamped.event).__name__ for stamped in stage.facts} <= {"ReplyStarted", "ReplyDone", "Restored"}
    assert all("weather" not in repr(stamped) for stamped in stage.facts)
    assert stage.asked == [""]


def test_what_follows_the_phrase_is_the_request(virtual: Run) -> None:
    async def play(stage: Addressing) -> None:
        await stage.ask("hey parley what time is it")

    stage = scene(play, virtual, what_time_is_it="noon")
    assert stage.finals() == ["what time is it"]
    assert stage.of(ReplyAudio)
    assert stage.of(SpeechStarted), "what was held came, too"
    assert stage.asked == ["what time is it", "noon", "what time is it"]
    assert all("parley" not in f"{event.committed} {event.tentative}" for event in stage.of(Partial) if isinstance(event, Partial))


def test_after_an_answer_no_phrase_is_needed_for_a_while(virtual: Run) -> None:
    async def play(stage: Addressing) -> None:
        await stage.ask("hey parley what time is it")
        await stage.quiet(AWAKE_S - 2)
        assert stage.attention.awake(asyncio.get_running_loop().time())
        await stage.ask("and the date")
        await stage.quiet(AWAKE_S + 1)
        assert not stage.attention.awake(asyncio.get_running_loop().time())
        await stage.ask("and the weather")

    stage = scene(play, virtual, what_time_is_it="noon", and_the_date="today", and_the_weather="rain")
    assert stage.finals() == ["what time is it", "and the date"]


@pytest.mark.parametrize("pause_s", [0.6, 1.0, 3.0])
def test_called_first_and_asked_then(virtual: Run, pause_s: float) -> None:
    async def play(stage: Addressing) -> None:
        await stage.say("hey parley")
        await stage.quiet(pause_s)
        await stage.ask("what time is it")

    stage = scene(play, virtual, what_time_is_it="noon")
    assert [text for text in stage.finals() if text] == ["what time is it"]
    assert stage.of(ReplyAudio)


def test_called_and_asked_nothing(virtual: Run) -> None:
    async def play(stage: Addressing) -> None:
        await stage.ask("hey parley")
        await stage.quiet(AWAKE_S + 1)
        await stage.ask("what time is it")

    assert [text for text in scene(play, virtual, what_time_is_it="noon").finals() if text] == []


def test_without_a_phrase_everything_is_heeded(virtual: Run) -> None:
    async def play(stage: Addressing) -> None:
        stage.attention.phrase = None
        await stage.ask("what time is it")

    stage = scene(play, virtual, what_time_is_it="noon")
    assert stage.finals() == ["what time is it"]


def test_a_timer_is_told_whoever_sleeps(virtual: Run) -> None:
    async def play(stage: Addressing) -> None:
        stage.toolbox.call("set_timer", {"seconds": 20})
        assert [name for name, _ in stage.toolbox.running()] == ["20 second timer"]
        await stage.ask("nice weather is it not")
        await stage.quiet(25)

    stage = scene(play, virtual)
    assert stage.of(ReplyAudio)
    assert stage.finals() == []
