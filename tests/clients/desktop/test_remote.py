"""A talk with a server, without one: scripts of its events in, facts and our own events out."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.audio import silence
from assistant.events import (
    Degraded,
    Event,
    Failed,
    Final,
    Interrupted,
    Partial,
    PlaybackDone,
    PlaybackStarted,
    ReplyAudio,
    ReplyDone,
    ReplyPhrase,
    ReplyStarted,
    ReplyStopped,
    ReplyToken,
    Restored,
    SpeechConfirmed,
    SpeechEnded,
    Stamped,
    ToolCalled,
    WritingFailed,
)
from assistant.latency import Timing
from clients.desktop.remote import OURS, Remote
from clients.desktop.wire import Message, set_turns
from clients.terminal.lines import Lines
from server.realtime import incoming
from tests.clients.desktop.server_said import (
    created,
    done,
    heard,
    ours,
    refusal,
    sound,
    updated,
    words,
    written,
)


class Talk:
    """A talk, and what it told and sent."""

    def __init__(self, *, parley: bool = True, token: str = "") -> None:
        self.stamped: list[Stamped] = []
        self.sent: list[Message] = []
        self.timings: list[Timing] = []
        self.notes: list[str] = []
        self.now_s = 0.0
        self.remote = Remote(self.stamped.append, self.sent.append, self.timings.append, self.notes.append)
        self.remote.connected(0.0)
        self.opening = list(self.sent)
        self.sent.clear()
        self.take(updated(parley=parley, token=token))

    def take(self, *messages: Message) -> list[Event]:
        """Take these events; return the facts that came of them."""
        before = len(self.stamped)
        for message in messages:
            self.remote.push(message, self.now_s)
        return self.facts[before:]

    def hear(self, seconds: float) -> None:
        """Hear so much, in real time."""
        for _ in range(round(seconds / 0.032)):
            self.now_s += 0.032
            self.remote.hear(silence(512), self.now_s)

    @property
    def facts(self) -> list[Event]:
        return [stamped.event for stamped in self.stamped]

    def kinds(self) -> list[str]:
        return [message["type"] for message in self.sent if "append" not in message["type"]]


def kinds(facts: list[Event]) -> list[type[Event]]:
    return [type(fact) for fact in facts]


def test_a_turn_with_a_parley_server() -> None:
    talk = Talk()
    talk.hear(3.2)
    facts = talk.take(
        heard("speech_started", audio_start_ms=700),
        {"type": "x.transcript.partial", "item_id": "u1", "text": "What is seven", "stable_chars": 7},
        heard("speech_stopped", audio_end_ms=3100),
        heard("committed"),
        written("delta", delta="What is seven"),
        written("completed", transcript="What is seven times eight?"),
        created(),
        ours("tool", name="calculate", arguments={"expression": "7 * 8"}, result="That's 56."),
        words("That's "),
        words("56."),
        ours("phrase", text="That's 56."),
        sound(0.1),
        sound(0.1),
        ours("latency", marks_ms={"paused": 160, "final": 160, "first_audio": 240, "speech_end": 2860}),
        done(),
    )
    assert kinds(facts) == [
        SpeechConfirmed, Partial, SpeechEnded, Final, ReplyStarted, ToolCalled, ReplyToken, ReplyToken, ReplyPhrase, ReplyAudio, ReplyAudio,
        ReplyDone,
    ]  # fmt: skip
    assert {fact.turn for fact in facts} == {1}
    assert facts[1] == Partial(1, "What is", "seven")
    assert facts[3] == Final(1, "What is seven times eight?", "")
    assert facts[-1] == ReplyDone(1, "That's 56.")
    talk.now_s += 0.1
    talk.remote.playback_started(talk.now_s)
    talk.remote.playback_done(talk.now_s + 0.2)
    assert talk.facts[-2:] == [PlaybackStarted(1), PlaybackDone(1)]
    [timing] = talk.timings
    assert timing.turn == 1
    assert timing.reached == pytest.approx({"paused": 0.16, "final": 0.16, "first_audio": 0.24, "playing": 3.3 - 2.86}, abs=0.005)


def test_a_turn_with_any_server() -> None:
    """Without Parley's own events the words are those of the protocol, phrases are cut here, and the silence is what the server says."""
    talk = Talk(parley=False)
    talk.take(refusal("unknown_parameter", event_id=OURS))
    assert talk.facts == []
    talk.hear(3.2)
    facts = talk.take(
        heard("speech_started", audio_start_ms=700),
        heard("speech_stopped", audio_end_ms=3200),
        heard("committed"),
        created(),
        written("delta", delta="Good "),
        written("delta", delta="day."),
        words("Hello there. How "),
        sound(0.1),
        words("are you"),
        written("completed", transcript="Good day."),
        sound(0.1),
        done(),
    )
    assert [fact for fact in facts if isinstance(fact, Partial)] == [Partial(1, "Good", ""), Partial(1, "Good day.", "")]
    phrases = [fact.text for fact in facts if isinstance(fact, ReplyPhrase)]
    assert phrases[0] == "Hello there."
    assert " ".join(phrases) == "Hello there. How are you"
    [ended] = [fact for fact in facts if isinstance(fact, SpeechEnded)]
    assert ended.at_s == pytest.approx(2.7)
    assert ended.heard_s - ended.at_s == pytest.approx(0.5, abs=0.01)
    assert ReplyDone(1, "Hello there. How are you") in facts
    assert talk.timings == []


def test_sound_before_its_words() -> None:
    talk = Talk(parley=False)
    facts = talk.take(created(), sound(0.1), words("Hello."), sound(0.1), done())
    assert kinds(facts) == [ReplyStarted, ReplyAudio, ReplyToken, ReplyAudio, ReplyPhrase, ReplyDone]


def test_a_reply_without_sound_is_shown() -> None:
    assert ReplyPhrase(1, "Hello.") in Talk().take(created(), words("Hello."), done())


def playing(talk: Talk) -> None:
    """A reply of one second has come, and 0.5 s of it were heard."""
    talk.take(created(), ours("phrase", text="One two three four."), words("One two three four."), sound(1.0))
    talk.remote.playback_started(talk.now_s)
    talk.now_s += 0.5


def test_barge_in_stops_at_once_and_tells_what_was_heard() -> None:
    talk = Talk()
    playing(talk)
    facts = talk.take(heard("speech_started", item="u2", audio_start_ms=400))
    assert facts == [ReplyStopped(1, "One two"), SpeechConfirmed(2, 0.4, 0.4)]
    assert talk.sent == [{"type": "conversation.item.truncate", "item_id": "a1", "content_index": 0, "audio_end_ms": 500}]
    assert talk.take(sound(0.1), done("cancelled")) == [], "what crossed is no longer heard"


def test_barge_in_behind_a_complete_reply() -> None:
    talk = Talk()
    playing(talk)
    talk.take(done())
    assert ReplyStopped(1, "One two") in talk.take(heard("speech_started", item="u2"))
    assert talk.kinds() == ["conversation.item.truncate"]


def test_a_reply_that_was_heard_out_is_not_stopped() -> None:
    talk = Talk()
    playing(talk)
    talk.take(done())
    talk.now_s += 0.6  # the speaker has not told yet
    assert PlaybackDone(1) in talk.take(heard("speech_started", item="u2"))
    talk.remote.playback_done(talk.now_s)
    assert talk.kinds() == []
    assert not [fact for fact in talk.facts if isinstance(fact, ReplyStopped)]


def test_who_goes_on_before_the_answer_sounds() -> None:
    talk = Talk()
    talk.take(heard("speech_started"), heard("speech_stopped"), created(), words("Well"))
    facts = talk.take(heard("speech_started", item="u2"), done("cancelled"))
    assert facts == [ReplyStopped(1, ""), SpeechConfirmed(2, 0.0, 0.0)]
    assert talk.kinds() == []


def test_the_interrupt_key() -> None:
    talk = Talk()
    playing(talk)
    talk.remote.interrupt(talk.now_s)
    assert talk.facts[-1] == ReplyStopped(1, "One two")
    assert talk.kinds() == ["response.cancel", "conversation.item.truncate"]
    assert talk.take(refusal("response_cancel_not_active")) == [], "it crossed with the end"
    talk.remote.interrupt(talk.now_s)
    assert talk.kinds() == ["response.cancel", "conversation.item.truncate"]


def test_the_next_reply_behind_one_that_still_sounds() -> None:
    talk = Talk()
    playing(talk)
    talk.take(done())
    facts = talk.take(created("r2"), ours("phrase", "r2", text="Your timer is up."), sound(1.0, "r2", "a2"), done(response="r2"))
    assert kinds(facts) == [ReplyStarted, ReplyPhrase, PlaybackDone, PlaybackStarted, ReplyAudio, ReplyDone]
    talk.now_s += 1.0  # half a second of the second one
    talk.remote.interrupt(talk.now_s)
    assert talk.sent[-1]["item_id"] == "a2"
    assert talk.sent[-1]["audio_end_ms"] == 500
    assert talk.facts[-1] == ReplyStopped(2, "Your timer")


def test_the_speaker_runs_dry_within_a_reply() -> None:
    talk = Talk()
    playing(talk)
    talk.remote.playback_done(talk.now_s + 0.5)
    talk.take(sound(1.0))
    talk.remote.playback_started(talk.now_s + 2)
    talk.now_s += 2.25
    talk.take(heard("speech_started", item="u2"))
    assert talk.sent[-1]["audio_end_ms"] == 1250


def test_push_to_talk() -> None:
    talk = Talk()
    talk.remote.listen(push=True)
    assert talk.sent == [set_turns(push=True)]
    talk.sent.clear()
    talk.remote.open(talk.now_s)
    talk.hear(1.0)
    talk.remote.commit(talk.now_s)
    assert talk.kinds() == ["input_audio_buffer.clear", "input_audio_buffer.commit", "response.create"]
    facts = talk.take(heard("committed"), created(), written("completed", transcript="Hello?"))
    assert kinds(talk.facts[:2]) == [SpeechConfirmed, SpeechEnded]
    assert facts == [ReplyStarted(1), Final(1, "Hello?", "")]


def test_a_key_that_was_only_touched_asks_for_nothing() -> None:
    talk = Talk()
    talk.remote.open(talk.now_s)
    talk.remote.hear(silence(512), 0.03)
    talk.remote.commit(0.03)
    assert talk.kinds() == ["input_audio_buffer.clear"]
    assert isinstance(talk.facts[-1], Interrupted)


def test_what_goes_wrong() -> None:
    talk = Talk()
    failed = {"type": "server_error", "code": "engine_error", "message": "It broke."}
    facts = talk.take(
        heard("speech_started"), heard("speech_stopped"), written("failed", error=failed), created(), done("failed", error=failed),
        ours("degraded", what="voice", why="late"), ours("restored", what="voice"), refusal("invalid_value", "That is wrong."),
    )  # fmt: skip
    assert isinstance(facts[2], WritingFailed)
    assert facts[2].message == "It broke."
    assert Failed(1, "It broke.", "engine_error") in facts
    assert Degraded(0, "voice", "late") in facts
    assert Restored(0, "voice") in facts
    assert facts[-1] == Failed(0, "That is wrong.", "invalid_value")


def test_comes_back_behind_the_last_event() -> None:
    talk = Talk(token="secret")
    playing(talk)
    talk.take(words("") | {"event_id": "event_9"})
    talk.remote.lost(talk.now_s)
    talk.remote.connected(talk.now_s)
    assert talk.sent[-1] == {"type": "session.update", "session": {"x": {"resume": "secret", "after": "event_9"}}}
    facts = talk.take(
        {"type": "session.created", "event_id": "event_1", "session": {}}, sound(0.5), done(), updated(parley=True, token="secret")
    )
    assert kinds(facts) == [ReplyAudio, ReplyDone]
    assert talk.notes == ["The conversation goes on."]
    assert talk.sent[-1] == set_turns(push=False)


def test_a_server_that_was_started_anew_has_forgotten_the_reply_but_not_the_conversation() -> None:
    talk = Talk(token="secret")
    playing(talk)
    talk.remote.connected(talk.now_s)
    facts = talk.take(refusal("resume_too_late"), updated(parley=True, token="secret"))
    assert kinds(facts) == [ReplyDone]
    assert talk.remote.granted


def test_a_conversation_that_is_gone_begins_anew() -> None:
    talk = Talk(token="secret")
    talk.remote.connected(talk.now_s)
    talk.sent.clear()
    assert talk.take(refusal("resume_not_found")) == []
    assert talk.sent == talk.opening
    assert len(talk.notes) == 1
    talk.remote.connected(talk.now_s)
    assert talk.sent[2:] == talk.opening, "the token is forgotten, too"


def test_after_a_break_the_clock_finds_its_place() -> None:
    talk = Talk(token="secret")
    talk.hear(3.2)
    talk.remote.connected(talk.now_s)
    talk.take(updated(parley=True, token="secret"))
    talk.hear(3.2)
    talk.take(heard("speech_started"), heard("speech_stopped", audio_end_ms=3200))  # what was sent before the break never arrived
    talk.take(created(), ours("phrase", text="Yes."), sound(0.1), ours("latency", marks_ms={"final": 160, "speech_end": 3000}))
    talk.remote.playback_started(talk.now_s)
    assert talk.timings[0].reached["playing"] == pytest.approx(0.2, abs=0.005)


def test_all_that_is_sent_is_the_protocol() -> None:
    talk = Talk(token="secret")
    playing(talk)
    talk.hear(0.1)
    talk.remote.interrupt(talk.now_s)
    talk.remote.listen(push=True)
    talk.remote.open(talk.now_s)
    talk.hear(0.5)
    talk.remote.commit(talk.now_s)
    talk.remote.connected(talk.now_s)
    for message in [*talk.opening, *talk.sent]:
        incoming.read(json.dumps(message))


def test_the_view_shows_it() -> None:
    talk, lines = Talk(), Lines(you="you", parley="parley")
    talk.take(heard("speech_started"), heard("speech_stopped"), written("completed", transcript="Count."))
    playing(talk)
    talk.take(heard("speech_started", item="u2"))
    for stamped in talk.stamped:
        lines.push(stamped)
    assert lines.transcript() == ["you: Count.", "parley: One two [stopped]"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(["", "r1", "u1", "completed", "cancelled", "AAA", "AAAA"]),
    lambda inside: (
        st.lists(inside, max_size=2)
        | st.dictionaries(
            st.sampled_from(["id", "status", "session", "x", "events", "marks_ms", "speech_end", "error"]), inside, max_size=3
        )
    ),
    max_leaves=6,
)
KINDS = [
    "session.created", "session.updated", "error", "response.created", "response.done", "response.output_audio.delta",
    "response.output_audio_transcript.delta", "x.latency", "x.phrase", "x.tool", "x.transcript.partial", "x.degraded",
    "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed",
    "conversation.item.input_audio_transcription.delta", "conversation.item.input_audio_transcription.failed", "made.up", "",
]  # fmt: skip
KEYS = [
    "response_id", "item_id", "event_id", "delta", "text", "stable_chars", "session", "response", "error", "marks_ms", "audio_end_ms",
    "audio_start_ms", "transcript", "arguments", "name",
]  # fmt: skip
MESSAGES = st.builds(
    lambda kind, fields: {"type": kind} | fields, st.sampled_from(KINDS), st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=5)
)


@given(st.lists(MESSAGES, max_size=12), st.data())
def test_nothing_that_a_server_says_breaks_it(messages: list[dict[str, Any]], data: st.DataObject) -> None:
    talk = Talk(token="secret")
    talk.take(heard("speech_started"), created())
    stopped: set[int] = set()
    for message in messages:
        for fact in talk.take(message):
            assert fact.turn not in stopped or not isinstance(fact, ReplyAudio | ReplyPhrase | ReplyToken), "a stopped reply is silent"
            stopped |= {fact.turn} if isinstance(fact, ReplyStopped) else set()
            assert not isinstance(fact, ReplyAudio) or np.isfinite(fact.samples).all()
        if data.draw(st.booleans()):
            talk.remote.playback_started(talk.now_s)
        if data.draw(st.booleans()):
            talk.remote.playback_done(talk.now_s)
