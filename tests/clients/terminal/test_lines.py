"""A conversation from its facts: who said what, how far it was heard."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.audio import silence
from assistant.engines import Word
from assistant.events import (
    Deferred,
    Event,
    Failed,
    Final,
    Partial,
    PlaybackDone,
    PlaybackStarted,
    ReplyAudio,
    ReplyDone,
    ReplyPhrase,
    ReplyStopped,
    SpeechEnded,
    Stamped,
    ToolCalled,
    Translated,
    Written,
)
from clients.terminal.lines import Lines
from clients.terminal.state import QUIET_DB, Entry, Kind, Stage

ENDED = SpeechEnded(1, 1.0, 1.0)
AUDIO = ReplyAudio(1, np.full(16_000, 0.1, np.float32), 16_000, "That's 56.", (Word("That's", 0.0, 0.4), Word("56.", 0.5, 1.0)))
ASKED = Entry(Kind.YOU, "you", "What is 7 times 8?")


def after(*facts: tuple[float, Event] | Event) -> Lines:
    lines, at_s = Lines(you="you", parley="parley"), 0.0
    for fact in facts:
        at_s, event = fact if isinstance(fact, tuple) else (at_s, fact)
        lines.push(Stamped(at_s, event))
    return lines


CONVERSATION = (
    Partial(1, "What is", "sixn"),
    Final(1, "What is 7 times 8?", "en"),
    ToolCalled(1, "calculate", {"expression": "7 * 8"}, "That's 56."),
    ReplyPhrase(1, "That's 56."),
    AUDIO,
    ReplyDone(1, "That's 56."),
)
TOOL = Entry(Kind.TOOL, "tool", "calculate(expression='7 * 8')")


@pytest.mark.parametrize(
    ("facts", "entries"),
    [
        (CONVERSATION[:1], [Entry(Kind.YOU, "you", "What is", "sixn", stage=Stage.GROWING)]),
        (CONVERSATION[:2], [ASKED]),
        (CONVERSATION[:3], [ASKED, TOOL]),
        (CONVERSATION, [ASKED, TOOL, Entry(Kind.PARLEY, "parley", "That's 56.", heard=0, stage=Stage.SPOKEN)]),
        (
            (*CONVERSATION, (5.0, PlaybackStarted(1)), (5.45, Deferred(1))),
            [ASKED, TOOL, Entry(Kind.NOTE, "", "(beyond the small model)"), Entry(Kind.PARLEY, "parley", "That's 56.", heard=6, stage=Stage.SPOKEN)],
        ),
        ((*CONVERSATION, (5.0, PlaybackStarted(1)), (6.0, PlaybackDone(1))), [ASKED, TOOL, Entry(Kind.PARLEY, "parley", "That's 56.")]),
        (
            (*CONVERSATION, (5.0, PlaybackStarted(1)), (5.5, ReplyStopped(1, "That's"))),
            [ASKED, TOOL, Entry(Kind.PARLEY, "parley", "That's 56.", heard=6, stage=Stage.STOPPED)],
        ),
        ((Final(1, "", "en"),), []),
        ((Partial(1, "", "hm"), Final(1, "", "en")), []),
        ((ReplyPhrase(1, "Only text."), ReplyDone(1, "Only text.")), [Entry(Kind.PARLEY, "parley", "Only text.")]),
        ((Partial(1, "What", ""), Failed(1, "It failed.", "x")), [Entry(Kind.ERROR, "error", "It failed.")]),
        (
            (Written(1, ENDED, "¿Qué?", "es"), Translated(1, "en", "What", "is", 0.0)),
            [Entry(Kind.YOU, "es", "¿Qué?"), Entry(Kind.PARLEY, "→ en", "What", "is", stage=Stage.GROWING)],
        ),
        (
            (Written(1, ENDED, "¿Qué?", "es"), Translated(1, "en", "What?", "", 0.0, final=True), ReplyDone(1, "")),
            [Entry(Kind.YOU, "es", "¿Qué?"), Entry(Kind.PARLEY, "→ en", "What?")],
        ),
    ],
)  # fmt: skip
def test_what_is_seen(facts: tuple[Event, ...], entries: list[Entry]) -> None:
    assert list(after(*facts).entries(5.45)) == entries


def test_a_translation_that_grows_stands_below_what_is_said() -> None:
    said, meant = Entry(Kind.YOU, "you", "¿Qué", "es", stage=Stage.GROWING), Entry(Kind.PARLEY, "→ en", "What", "is", stage=Stage.GROWING)
    lines = after(Partial(1, "¿Qué", "es"), Translated(1, "en", "What", "is", 0.0))
    assert list(lines.entries(0.0)) == [said, meant]
    for event in (Written(1, ENDED, "¿Qué es?", "es"), Partial(2, "¿Y", "")):
        lines.push(Stamped(0.0, event))
    settled = Entry(Kind.YOU, "es", "¿Qué es?")
    assert list(lines.entries(0.0)) == [settled, meant, Entry(Kind.YOU, "you", "¿Y", stage=Stage.GROWING)]


def test_an_underrun_is_not_the_end() -> None:
    lines = after(*CONVERSATION[:-1], (5.0, PlaybackStarted(1)), (6.0, PlaybackDone(1)), ReplyPhrase(1, "More."), AUDIO)
    assert lines.entries(6.0)[-1] == Entry(Kind.PARLEY, "parley", "That's 56. More.", heard=10, stage=Stage.SPOKEN)


def test_the_speaker_is_as_loud_as_what_it_plays() -> None:
    loud = ReplyAudio(1, np.concatenate([silence(8000), np.full(8000, 0.5, np.float32)]), 16_000, "x")
    lines = after(ReplyPhrase(1, "x"), loud, (2.0, PlaybackStarted(1)))
    assert lines.level_db(2.2) == QUIET_DB
    assert lines.level_db(2.7) == pytest.approx(-6.0, abs=0.1)
    assert lines.level_db(9.0) == QUIET_DB


def test_the_transcript_holds_what_was_said_and_heard() -> None:
    lines = after(*CONVERSATION, (5.0, PlaybackStarted(1)), (5.5, ReplyStopped(1, "That's")), Partial(2, "not", "yet"))
    assert lines.transcript() == ["you: What is 7 times 8?", "parley: That's [stopped]"]
