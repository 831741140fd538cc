"""A real server whose admission has seen others late: who comes is refused before the upgrade, or let in with less and told so."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from assistant.events import (
    Event,
    Judged,
    PlaybackDone,
    ReplyAudio,
    ReplyDone,
    ReplyStopped,
    SpeechConfirmed,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
    Stamped,
)
from assistant.governor import Governor
from server.admission import OPEN_S, Admission
from server.admitted import Watch
from server.entrance import Limits
from tests.server.rest.asking import plain
from tests.server.serving import question, run, served, talking

LONG_S = 1000.0
"""What happens so much later than now counts as recent for as long as a test takes, on any machine."""


def others_are_answered_after(door: Admission, took_s: float) -> None:
    """Let four others talk, whom an idle machine would answer after 0.3 s."""
    now_s = time.monotonic()
    door.spoken(100, now_s - 60)
    door.answered(100, now_s - 60 + 0.3)
    for other in range(101, 105):
        door.spoken(other, now_s + LONG_S)
    for other in range(101, 105):
        door.answered(other, now_s + LONG_S + took_s)


def test_when_answers_would_come_too_late_who_comes_is_refused() -> None:
    async def work() -> None:
        door = Admission(1.2)
        async with served(admission=door) as address, plain(address) as client:
            assert (await client.get("/readyz")).status_code == 200
            others_are_answered_after(door, 2.0)
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"ws://{address}/v1/realtime", proxy=None).__aenter__()
            response = refused.value.response
            assert response.status_code == 503
            assert response.headers["retry-after"] == "5"
            assert b"The server is busy: an answer is expected after" in (response.body or b"")
            asked = await client.get("/v1/realtime")
            assert (asked.status_code, asked.headers["retry-after"], asked.json()["error"]["code"]) == (503, "5", "overloaded")
            ready = await client.get("/readyz")
            assert (ready.status_code, ready.json()) == (503, {"status": "busy", "sessions": 0})
            assert (await client.get("/healthz")).status_code == 200
            assert "parley_predicted_seconds 2.5" in (await client.get("/metrics")).text
            for other in range(101, 105):
                door.gone(other)
            assert (await client.get("/readyz")).status_code == 200  # nobody talks any more
            async with talking(address):
                pass

    run(work())


async def broken_off(address: str, door: Admission) -> str:
    """Lose a conversation that may be resumed while the server is too busy for others; return its token."""
    async with talking(address, whole=False) as client:
        await client.send("session.update", session={"type": "realtime", "x": {"resume": True}})
        token: str = (await client.until("session.updated"))["session"]["x"]["resume"]
        others_are_answered_after(door, 2.0)
        await client.break_off()
    await someone_waits(address)
    return token


def test_who_lost_the_connection_is_let_in_again() -> None:
    async def work() -> None:
        door = Admission(1.2)
        async with served(admission=door) as address:
            token = await broken_off(address, door)
            async with talking(address, whole=False) as client:
                await client.send("session.update", session={"x": {"resume": token}})
                assert "items" in (await client.until("session.updated"))["session"]["x"]
                with pytest.raises(InvalidStatus):  # somebody else
                    await connect(f"ws://{address}/v1/realtime", proxy=None).__aenter__()

    run(work())


def test_for_one_that_waits_one_is_let_in_again() -> None:
    async def work() -> None:
        door = Admission(1.2)
        async with served(admission=door) as address:
            await broken_off(address, door)
            async with talking(address):
                with pytest.raises(InvalidStatus):  # of the same name, and the first one may have come back
                    await connect(f"ws://{address}/v1/realtime", proxy=None).__aenter__()

    run(work())


async def someone_waits(address: str) -> None:
    """Return when the server has noticed that a connection is lost."""
    async with plain(address) as client, asyncio.timeout(60):
        while (await client.get("/readyz")).json()["sessions"]:  # noqa: ASYNC110 - what happens there is seen from outside
            await asyncio.sleep(0.01)


def test_near_the_budget_who_comes_is_told_what_is_given_up() -> None:
    async def work() -> None:
        door = Admission(1.2)
        others_are_answered_after(door, 0.6)
        async with served(admission=door, governor=Governor) as address, talking(address) as client:
            await client.send("session.update", session={"type": "realtime", "x": {"events": ["x.degraded"]}})
            told = await client.until("x.degraded", lambda event: event["what"] == "smaller prompt")
            assert told["why"].startswith("the server is nearly full: an answer is expected after 692 ms, of 72")
            await client.send("session.update", session={"type": "realtime", "x": {"events": ["x.degraded", "x.latency"]}})
            await client.until("session.updated")
            assert len([each for each in client.of("x.degraded") if each["what"] == "smaller prompt"]) == 1

    run(work())


def test_the_admission_learns_from_every_answer_and_forgets_who_has_left() -> None:
    async def work() -> None:
        door = Admission(1.2)
        async with served(admission=door) as address:
            async with talking(address) as client:
                await client.say(question())
                await client.until("response.done")
                assert [answer.load >= 1 for answer in door._answers] == [True]
                assert 0 < door._answers[0].silence_s < door._answers[0].silence_s + door._answers[0].worked_s < 60
                assert door._spoke_s
                assert not door._open_s
            async with asyncio.timeout(60):
                while door._spoke_s:  # noqa: ASYNC110 - it has no event
                    await asyncio.sleep(0.01)

    run(work())


def test_a_full_server_says_when_to_come_back() -> None:
    async def work() -> None:
        async with served(limits=Limits(sessions=1)) as address, plain(address) as client, talking(address):
            asked = await client.get("/v1/realtime")
            assert (asked.status_code, asked.headers["retry-after"]) == (503, "5")
            assert (await client.get("/readyz")).status_code == 503
            spoken = await client.post("/v1/audio/speech", json={"model": "parley", "input": "Hello.", "voice": "en"})
            assert (spoken.status_code, spoken.headers["retry-after"]) == (503, "5")

    run(work())


AUDIO = ReplyAudio(1, np.zeros(160, np.float32), 16_000, "Hi.")


def watched(*facts: tuple[float, Event]) -> Admission:
    """Return what has learned from a conversation in which a question was answered after half a second, and then these facts came."""
    door = Admission(1.2)
    watch = Watch(door, 1, lambda: 0)
    asked = ((10.0, SpeechPaused(1, 9.8, 10.0)), (10.2, SpeechEnded(1, 9.8, 10.2)), (10.3, AUDIO), (10.4, ReplyDone(1, "Hi.")))
    for at_s, fact in (*asked, *facts):
        watch(Stamped(at_s, fact))
    return door


def test_nobody_waits_for_an_answer_to_a_backchannel() -> None:
    begun = ((11.0, SpeechStarted(2, 10.9, 11.0)), (11.1, SpeechConfirmed(2, 10.9, 11.1)))
    ended, played = (11.7, SpeechEnded(2, 11.2, 11.7)), (12.5, PlaybackDone(1))
    for facts in (
        (*begun, (11.3, Judged(1, "backchannel")), ended, played),
        (*begun, (11.3, Judged(1, "noise")), (11.4, PlaybackDone(1)), ended),
        (*begun, ended, played, (12.6, Judged(1, "noise"))),
    ):
        door = watched(*facts)
        assert [round(answer.silence_s + answer.worked_s, 3) for answer in door._answers] == [0.5]
        for at_s in (13.0, 15.0, 11.2 + OPEN_S):
            assert door.judge("new", {}, 9, at_s).outcome == "accept"


def test_a_reply_that_goes_on_after_a_backchannel_is_no_quick_answer_to_it() -> None:
    door = watched(
        (11.0, SpeechStarted(2, 10.9, 11.0)), (11.3, Judged(1, "backchannel")), (11.7, SpeechEnded(2, 11.6, 11.7)), (11.71, AUDIO)
    )
    assert [round(answer.silence_s + answer.worked_s, 3) for answer in door._answers] == [0.5]


def test_who_interrupts_waits_for_an_answer() -> None:
    interrupted = ((11.0, SpeechStarted(2, 10.9, 11.0)), (11.2, Judged(1, "barge-in")), (11.2, ReplyStopped(1, "")))
    door = watched(*interrupted, (12.0, SpeechEnded(2, 11.8, 12.0)), (12.3, AUDIO))
    assert [round(answer.silence_s + answer.worked_s, 3) for answer in door._answers] == [0.5, 0.5]
    asked_again = watched((12.0, PlaybackDone(1)), (13.0, SpeechStarted(2, 12.9, 13.0)), (14.0, SpeechEnded(2, 13.8, 14.0)))
    assert asked_again.judge("new", {}, 9, 16.0).outcome == "refuse"  # for too long already
