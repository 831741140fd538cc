from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.audio import silence
from assistant.events import (
    Degraded,
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
    Restored,
    SpeechConfirmed,
    SpeechEnded,
    SpeechPaused,
    Stamped,
    ToolCalled,
    Translated,
    Written,
)
from clients.terminal.cells import width
from clients.terminal.keys import TELLS_RELEASES, Key
from clients.terminal.model import NOTICE_S, Action, Model
from clients.terminal.render import render
from clients.terminal.state import QUIET_DB, Status


@pytest.mark.parametrize(
    ("key", "action"),
    [
        ("m", Action.MUTE), ("M", Action.MUTE), ("i", Action.INTERRUPT), ("escape", Action.INTERRUPT), ("l", Action.LISTEN),
        ("s", Action.SAVE), ("q", Action.QUIT), ("ctrl-c", Action.QUIT), ("ctrl-z", Action.SUSPEND), ("ctrl-l", Action.REPAINT),
        ("x", None), ("up", None), ("?", None), ("enter", None),
    ],
)  # fmt: skip
def test_what_keys_ask_for(key: str, action: Action | None) -> None:
    assert Model().key(Key(key), 0.0) is action
    assert Model().key(Key(key, pressed=False), 0.0) is None


def test_the_space_bar_talks() -> None:
    model = Model()
    assert model.key(Key(" "), 0.0) is None, "there is no push-to-talk"
    model.status = Status(talk="talk")
    assert model.key(Key(" "), 0.0) is Action.TALK
    assert model.tick(5.0) is None
    assert model.key(Key(" "), 5.0) is Action.TALKED
    assert not model.holds
    model.key(TELLS_RELEASES, 6.0)
    assert model.holds
    assert model.key(Key(" "), 7.0) is Action.TALK
    assert model.key(Key(" ", pressed=False), 8.0) is Action.TALKED


def test_help_is_a_page_that_escape_leaves() -> None:
    model = Model()
    for key, page in [("?", "help"), ("?", "conversation"), ("h", "help"), ("escape", "conversation")]:
        assert model.key(Key(key), 0.0) is None
        assert model.state(0.0).page == page


def test_scrolling() -> None:
    model = Model()
    for text in ("one", "two"):
        model.push(Stamped(0.0, Final(1, text, "en")))
    found = []
    for key in ("up", "page up", "down", "page down", "down", "up", "end"):
        model.key(Key(key), 0.0)
        found.append(model.state(0.0).back)
    assert found == [1, 11, 10, 0, 0, 1, 0]
    for _ in range(100):
        model.key(Key("page up"), 0.0)
    assert model.state(0.0).back == 16, "no further than there is something"


def test_troubles_stay_until_they_are_over() -> None:
    model = Model()
    model.push(Stamped(0.0, Degraded(1, "short phrases", "1.3 s of 1.2 s")))
    model.push(Stamped(0.0, Degraded(1, "no voice", "2 s\nof 1.2 s")))
    assert model.state(99.0).troubles == (("short phrases", "1.3 s of 1.2 s"), ("no voice", "2 s of 1.2 s"))
    model.push(Stamped(0.0, Restored(2, "short phrases")))
    assert [what for what, _ in model.state(99.0).troubles] == ["no voice"]


def test_a_notice_goes_away() -> None:
    model = Model()
    model.note("Saved.", 1.0)
    assert model.state(1.0).notice == "Saved."
    assert model.state(1.0 + NOTICE_S).notice == ""


def test_the_microphone_s_meter_rises_at_once_and_falls_slowly() -> None:
    model = Model()
    assert model.state(0.0).microphone_db == QUIET_DB
    model.hear(np.full(512, 0.1, np.float32))
    model.hear(silence(512))
    assert model.state(0.1).microphone_db == -20.0
    assert model.state(0.2).microphone_db == -23.0
    assert model.state(0.25).microphone_db == -24.0
    assert model.state(9.0).microphone_db == QUIET_DB


def test_muting_lets_the_key_go() -> None:
    model = Model()
    model.status = Status(talk="talk")
    for key in ("m", "l"):
        assert model.key(Key(" "), 0.0) is Action.TALK
        model.key(Key(key), 1.0)
    assert model.key(Key(" "), 5.0) is Action.TALK


TURN = st.integers(0, 4)
WORDS = st.text(alphabet="ab 日שé\x1b\n", max_size=30)
AUDIO = st.builds(ReplyAudio, TURN, st.integers(0, 2000).map(silence), st.sampled_from([16_000, 22_050]), WORDS)
SECONDS = st.floats(0, 100)
FACTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Partial, TURN, WORDS, WORDS), st.builds(Final, TURN, WORDS, st.just("en")), st.builds(ReplyPhrase, TURN, WORDS), AUDIO,
    st.builds(ReplyDone, TURN, WORDS), st.builds(ReplyStopped, TURN, WORDS), st.builds(PlaybackStarted, TURN), st.builds(PlaybackDone, TURN),
    st.builds(Degraded, TURN, WORDS, WORDS), st.builds(Restored, TURN, WORDS), st.builds(Failed, TURN, WORDS, st.just("x")),
    st.builds(Translated, TURN, st.just("es"), WORDS, WORDS, SECONDS, st.booleans()),
    st.builds(Written, TURN, st.just(Failed(0, "", "")), WORDS, st.just("es")), st.builds(SpeechConfirmed, TURN, SECONDS, SECONDS),
    st.builds(SpeechPaused, TURN, SECONDS, SECONDS), st.builds(SpeechEnded, TURN, SECONDS, SECONDS),
    st.builds(ToolCalled, TURN, WORDS, st.dictionaries(WORDS, WORDS, max_size=2), WORDS),
)  # fmt: skip
KEYS = st.builds(Key, st.sampled_from([*"mil?hsq x", "up", "down", "page up", "end", "escape", "ctrl-l", "tells releases"]), st.booleans())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 5), FACTS | KEYS), max_size=40), st.integers(1, 130), st.integers(1, 45))
def test_any_facts_and_keys_at_any_size(steps: list[tuple[float, Event | Key]], columns: int, rows: int) -> None:
    model, now_s = Model(), 0.0
    for passed_s, step in steps:
        now_s += passed_s
        if isinstance(step, Key):
            model.key(step, now_s)
        else:
            model.push(Stamped(now_s, step))
        model.tick(now_s)
        screen = render(model.state(now_s), columns, rows)
        assert len(screen) == rows
        assert all(width(line) <= columns for line in screen)
        assert not any("\x1b" in span.text or "\n" in span.text for line in screen for span in line)
    model.transcript()


def test_what_there_is_no_sound_for_stays_until_there_is() -> None:
    model = Model()
    model.silent = "The speaker 'x\x1b' is gone."
    assert model.state(1000.0).troubles == (("no sound", "The speaker 'x' is gone."),)
    model.silent = ""
    assert model.state(1000.0).troubles == ()


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_xruns_are_shown_when_there_are_any(columns: int) -> None:
    model = Model()
    for xruns in (0, 7):
        model.xruns = xruns
        shown = "\n".join("".join(span.text for span in line) for line in render(model.state(0.0), columns, 24))
        assert ("xruns 7" in shown) == bool(xruns)
