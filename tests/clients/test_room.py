"""The room without sound hardware: it waits for the end of a reply, also where the reply stutters."""

from __future__ import annotations

import asyncio

import numpy as np

from assistant.audio import LISTEN_RATE_HZ
from assistant.events import ReplyDone, ReplyStopped, Stamped
from assistant.respond import Chat
from assistant.session import Session
from assistant.tools import Toolbox
from assistant.turns import Mode
from clients.bench.room import Room, recording
from models.scripted import Vocabulary, scripted_engines
from tests.conftest import NOON, Run


def test_one_question_after_the_other_even_when_the_speaker_runs_dry_in_between(virtual: Run) -> None:
    facts: list[Stamped] = []

    async def work() -> np.ndarray:
        vocabulary = Vocabulary()
        engines, _, model, _ = scripted_engines(vocabulary, {}, otherwise=("Well, so. ", "It is ", "a story. ", "The end."))
        model.token_s = 1.5  # slower than it is spoken
        room = Room()
        async with Session(engines, Chat(model, Toolbox(lambda: NOON)), [facts.append, room]) as session:
            room.enter(session)
            for _ in range(2):
                await room.ask(vocabulary.say("tell me"))
                assert session.mode is Mode.LISTENING
            await room.ask(np.zeros(8000, np.float32))  # nothing said: it does not wait for an answer
            return room.tape()

    tape = virtual(work())
    events = [stamped.event for stamped in facts]
    assert [event.turn for event in events if isinstance(event, ReplyDone)] == [1, 2]
    assert not any(isinstance(event, ReplyStopped) for event in events)
    assert tape.size > 10 * LISTEN_RATE_HZ
    assert 0.4 < float(np.abs(tape).max()) <= 1.0


def test_the_recordings_are_there() -> None:
    async def lengths() -> list[float]:
        names = ("seven-times-eight", "five-minutes", "miles", "translate-1", "translate-2")
        return [recording(name).size / LISTEN_RATE_HZ for name in names]

    assert all(1 < length < 5 for length in asyncio.run(lengths()))
