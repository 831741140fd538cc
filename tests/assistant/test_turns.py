"""The turn table: every state and event is defined, and the promises hold for any sequence."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.audio import silence
from assistant.events import (
    AnnouncementDue,
    Committed,
    Event,
    Failed,
    Final,
    Interrupted,
    Judged,
    PlaybackDone,
    ReplyAudio,
    ReplyDone,
    ReplyRequested,
    SpeechConfirmed,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    TextSent,
    Written,
)
from assistant.turns import TABLE, Command, Draft, Drop, Duck, Mode, Policy, Release, Resume, Start, State, Stop, Turns, Write


def of_turn(turn: int) -> list[Event]:
    return [
        SpeechStarted(turn, 1.0, 1.0),
        SpeechConfirmed(turn, 1.0, 1.2),
        SpeechPaused(turn, 2.0, 2.2),
        SpeechResumed(turn, 2.3, 2.3),
        SpeechEnded(turn, 2.0, 2.6),
        Committed(turn, 1.5),
        TextSent(turn, "hello"),
        ReplyRequested(turn),
        Interrupted(turn),
        AnnouncementDue(turn, "Time is up."),
        Final(turn, "hello", "en"),
        Final(turn, "", "en"),
        ReplyAudio(turn, silence(10), 16_000, "Hi."),
        ReplyDone(turn, "Hi."),
        Failed(turn, "It failed.", "engine_error"),
        Judged(turn, "noise"),
        Judged(turn, "backchannel"),
        Judged(turn, "barge-in"),
        PlaybackDone(turn),
        Written(turn, SpeechEnded(turn, 2.0, 2.6), "hello", "en"),
    ]


def conversation(*events: Event, policy: Policy | None = None) -> tuple[list[Command], Turns]:
    turns = Turns(policy)
    return [command for event in events for command in turns.push(event)], turns


SPOKEN = (SpeechStarted(1, 0, 0), SpeechConfirmed(1, 0, 0.2), SpeechPaused(1, 1, 1.2))
ANSWERED = (*SPOKEN, SpeechEnded(1, 1, 1.6), ReplyAudio(1, silence(10), 16_000, "Hi."))


def test_an_answer_is_drafted_at_the_pause_and_released_at_the_endpoint() -> None:
    commands, turns = conversation(*ANSWERED, ReplyDone(1, "Hi."), PlaybackDone(1))
    assert commands == [Draft(1), Release(1)]
    assert turns.state.mode is Mode.LISTENING


def test_a_pause_within_the_utterance_drops_the_draft() -> None:
    commands, turns = conversation(*SPOKEN, SpeechResumed(1, 1.3, 1.3), SpeechPaused(1, 2, 2.2), SpeechEnded(1, 2, 2.6))
    assert commands == [Draft(1), Drop(1), Draft(1), Release(1)]
    assert turns.state.turn == 1


def test_an_utterance_without_a_pause_before_its_end_starts_at_once() -> None:
    end = SpeechEnded(1, 1, 1.6)
    commands, _ = conversation(SpeechConfirmed(1, 0, 0.2), end)
    assert commands == [Start(1, end)]


def test_an_empty_draft_ends_in_silence() -> None:
    commands, turns = conversation(*SPOKEN, Final(1, "", "en"), SpeechEnded(1, 1, 1.6))
    assert commands == [Draft(1), Drop(1)]
    assert turns.state.mode is Mode.LISTENING


def test_a_failed_draft_is_tried_once_more_at_the_endpoint() -> None:
    end = SpeechEnded(1, 1, 1.6)
    commands, turns = conversation(*SPOKEN, Failed(1, "It failed.", "engine_error"), end)
    assert commands == [Draft(1), Drop(1), Start(1, end)]
    assert turns.state.mode is Mode.THINKING


def test_going_on_before_the_answer_stops_it() -> None:
    commands, turns = conversation(*SPOKEN, SpeechEnded(1, 1, 1.6), SpeechConfirmed(2, 2, 2.2))
    assert commands == [Draft(1), Release(1), Stop(1)]
    assert turns.state == State(Mode.HEARING, 2)


def test_speech_into_a_reply_ducks_it_and_a_barge_in_stops_it() -> None:
    commands, turns = conversation(*ANSWERED, SpeechStarted(2, 3, 3), Judged(1, "barge-in"))
    assert commands[2:] == [Duck(1), Stop(1)]
    assert turns.state == State(Mode.HEARING, 2)


def test_a_backchannel_that_turns_out_to_be_more_stops_the_reply() -> None:
    judged = (SpeechStarted(2, 3, 3), Judged(1, "backchannel"), Judged(1, "barge-in"))
    commands, turns = conversation(*ANSWERED, *judged)
    assert commands[2:] == [Duck(1), Resume(1), Stop(1)]
    assert turns.state == State(Mode.HEARING, 2)


def test_a_backchannel_that_turns_out_to_be_more_is_heard_when_the_reply_is_over() -> None:
    played = (ReplyDone(1, "Hi."), PlaybackDone(1))
    commands, turns = conversation(*ANSWERED, SpeechStarted(2, 3, 3), Judged(1, "noise"), *played, Judged(1, "barge-in"))
    assert commands[2:] == [Duck(1), Resume(1)]
    assert turns.state == State(Mode.HEARING, 2)


def test_a_backchannel_that_turns_out_to_be_more_stops_the_next_answer_before_it_sounds() -> None:
    text = TextSent(2, "hello")
    played = (ReplyDone(1, "Hi."), PlaybackDone(1), text)
    commands, turns = conversation(*ANSWERED, SpeechStarted(2, 3, 3), Judged(1, "noise"), *played, Judged(2, "barge-in"))
    assert commands[2:] == [Duck(1), Resume(1), Start(2, text), Stop(2)]
    assert turns.state == State(Mode.HEARING, 3)


def test_without_interruptions_no_verdict_stops_a_reply() -> None:
    commands, turns = conversation(*ANSWERED, Judged(1, "barge-in"), policy=Policy(interrupts=False))
    assert commands == [Draft(1), Release(1)]
    assert turns.state.mode is Mode.SPEAKING


@pytest.mark.parametrize("verdict", ["noise", "backchannel"])
def test_a_backchannel_or_noise_lets_the_reply_go_on(verdict: str) -> None:
    commands, turns = conversation(*ANSWERED, SpeechStarted(2, 3, 3), Judged(1, verdict))
    assert commands[2:] == [Duck(1), Resume(1)]
    assert turns.state.mode is Mode.SPEAKING


def test_an_overlap_judged_after_the_last_sample_leaves_nothing_to_resume() -> None:
    commands, turns = conversation(*ANSWERED, ReplyDone(1, "Hi."), SpeechStarted(2, 3, 3), PlaybackDone(1), Judged(1, "noise"))
    assert commands[2:] == [Duck(1)]
    assert turns.state.mode is Mode.LISTENING


def test_an_underrun_is_not_the_end() -> None:
    _, turns = conversation(*ANSWERED, PlaybackDone(1))
    assert turns.state.mode is Mode.SPEAKING
    turns.push(ReplyAudio(1, silence(10), 16_000, "And."))
    turns.push(ReplyDone(1, "Hi. And."))
    assert turns.state.mode is Mode.SPEAKING
    turns.push(PlaybackDone(1))
    assert turns.state.mode is Mode.LISTENING


def test_a_speaker_that_ran_dry_before_the_reply_was_done_ends_the_turn_with_it() -> None:
    _, turns = conversation(*ANSWERED, PlaybackDone(1), ReplyDone(1, "Hi."))
    assert turns.state.mode is Mode.LISTENING


def test_a_text_waits_for_the_utterance_before_it() -> None:
    text = TextSent(1, "hello")
    commands, turns = conversation(*SPOKEN, text, SpeechEnded(1, 1, 1.6), ReplyDone(1, ""))
    assert commands == [Draft(1), Release(1), Start(2, text)]
    assert turns.state.mode is Mode.THINKING


def test_an_announcement_waits_until_nobody_speaks() -> None:
    due = AnnouncementDue(1, "Time is up.")
    commands, turns = conversation(*ANSWERED, due, ReplyDone(1, "Hi."), PlaybackDone(1))
    assert commands == [Draft(1), Release(1), Start(2, due)]
    assert turns.state.mode is Mode.THINKING


def test_a_text_into_a_reply_replaces_it() -> None:
    text = TextSent(2, "no, Tuesday")
    commands, turns = conversation(*ANSWERED, text)
    assert commands[2:] == [Stop(1), Start(2, text)]
    assert turns.state.turn == 2


def test_without_interruptions_speech_into_a_reply_changes_nothing() -> None:
    commands, turns = conversation(*ANSWERED, SpeechStarted(2, 3, 3), SpeechConfirmed(2, 3, 3.2), policy=Policy(interrupts=False))
    assert commands == [Draft(1), Release(1)]
    assert turns.state.mode is Mode.SPEAKING


def test_manual_turns_end_only_when_committed() -> None:
    commit = Committed(1, 1.8)
    commands, _ = conversation(*SPOKEN, SpeechEnded(1, 1, 1.6), commit, policy=Policy(manual=True))
    assert commands == [Write(1, commit)]


def test_what_is_committed_is_written_down_in_every_mode_and_answered_in_none() -> None:
    commit = Committed(1, 1.8)
    for prefix in ([], SPOKEN[:2], SPOKEN, ANSWERED, (*ANSWERED, SpeechStarted(2, 3, 3))):
        before, _ = conversation(*prefix)
        commands, turns = conversation(*prefix, commit)
        drafted = before[-1:] == [Draft(1)]
        assert commands[len(before) :] == [*([Drop(1)] if drafted else []), Write(1, commit)]
        assert turns.state.mode in (Mode.LISTENING, Mode.SPEAKING, Mode.OVERLAP)


def test_what_is_not_answered_is_written_down() -> None:
    end = SpeechEnded(1, 1, 1.6)
    commands, turns = conversation(*SPOKEN, end, policy=Policy(answers=False))
    assert commands == [Write(1, end)]
    assert turns.state.mode is Mode.LISTENING
    commit = Committed(1, 1.8)
    commands, turns = conversation(*SPOKEN, SpeechEnded(1, 1, 1.6), commit, policy=Policy(manual=True, answers=False))
    assert commands == [Write(1, commit)]
    request = ReplyRequested(2)
    assert turns.push(request) == [Start(2, request)]


def test_an_utterance_committed_during_a_reply_is_written_down_beside_it() -> None:
    request, commit = ReplyRequested(1), Committed(2, 1.8)
    commands, turns = conversation(request, ReplyAudio(1, silence(10), 16_000, "Hi."), commit, policy=Policy(manual=True, answers=False))
    assert commands == [Start(1, request), Write(1, commit)]
    assert turns.state.mode is Mode.SPEAKING


def test_a_requested_reply_waits_for_the_one_being_given_and_not_for_its_sound() -> None:
    request = ReplyRequested(2)
    commands, turns = conversation(*ANSWERED, request)
    assert commands == [Draft(1), Release(1)]
    assert turns.push(ReplyDone(1, "Hi.")) == []
    assert turns.push(PlaybackDone(1)) == [Start(2, request)]
    commands, turns = conversation(*ANSWERED, ReplyDone(1, "Hi."), request)
    assert commands[2:] == [Start(2, request)]


def test_interruption_ends_every_mode_in_listening() -> None:
    for prefix in ([], SPOKEN[:2], SPOKEN, (*SPOKEN, SpeechEnded(1, 1, 1.6)), ANSWERED, (*ANSWERED, SpeechStarted(2, 3, 3))):
        _, turns = conversation(*prefix, Interrupted(1))
        assert turns.state.mode is Mode.LISTENING


def test_what_is_said_during_a_reply_is_answered_once_when_that_is_over() -> None:
    ends = [SpeechEnded(2, 4, 4.6), SpeechEnded(2, 6, 6.6)]
    heard = [Written(1, end, text, "en") for end, text in zip(ends, ("one thing", "and another"), strict=True)]
    policy = Policy(interrupts=False, listens_on=True)
    commands, turns = conversation(*ANSWERED, *ends, *heard, ReplyDone(1, "Hi."), PlaybackDone(1), policy=policy)
    assert commands[2:] == [Write(1, ends[0]), Write(1, ends[1]), Start(2, heard[0])]
    assert turns.state.waiting == ()


def states() -> list[State]:
    flags = list(product([False, True], repeat=4))
    return [State(mode, 3, *values) for mode in Mode for values in flags]


POLICIES = [
    Policy(), Policy(interrupts=False), Policy(drafts=False), Policy(manual=True), Policy(answers=False),
    Policy(interrupts=False, listens_on=True), Policy(interrupts=False, listens_on=True, answers=False),
]  # fmt: skip


@pytest.mark.parametrize("policy", POLICIES)
def test_every_state_and_event_is_defined(policy: Policy) -> None:
    """The full product, held against what the table's rows say: the first row that fits is taken, no row means no change of mode."""
    for state, event in product(states(), [*of_turn(2), *of_turn(3), *of_turn(4)]):
        turns = Turns(policy)
        turns.state = state
        commands = turns.push(event)
        assert all(isinstance(command, Command) for command in commands)
        assert turns.state.turn in (3, 4)
        rows = [rule for rule in TABLE if rule.mode is state.mode and isinstance(event, rule.event)]
        assert turns.state.mode in {state.mode, *(rule.to for rule in rows)}
        late = isinstance(event, Final | ReplyAudio | ReplyDone | Failed | PlaybackDone) and event.turn != 3
        if late:
            assert turns.state == state
            assert commands == []


@given(st.sampled_from(POLICIES), st.lists(st.tuples(st.integers(0, 19), st.integers(-1, 1)), max_size=40))
def test_at_most_one_reply_and_none_after_a_stop(policy: Policy, steps: list[tuple[int, int]]) -> None:
    turns, under_way, held = Turns(policy), 0, False
    for number, offset in steps:
        for command in turns.push(of_turn(turns.state.turn + offset)[number]):
            match command:
                case Start(turn):
                    under_way = turn
                case Draft(turn):
                    under_way, held = turn, True
                case Release(turn):
                    assert held
                    assert under_way == turn
                    held = False
                case Drop():
                    assert held
                    under_way, held = 0, False
                case Stop():
                    under_way, held = 0, False
        if turns.state.mode in (Mode.THINKING, Mode.SPEAKING, Mode.OVERLAP):
            assert under_way == turns.state.turn
            assert not held
        if turns.state.mode is Mode.DRAFTING:
            assert held
