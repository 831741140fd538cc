"""Every screen, as text; and that none is ever wider or higher than the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.terminal.cells import Style, clean, width
from clients.terminal.render import render
from clients.terminal.state import Bar, Entry, Floor, Kind, Stage, State, Status
from tests.clients.terminal.states import BUSY, EMPTY, SCRIPTS, TALK

FOLDER = Path(__file__).parent / "screens"


def text(state: State, columns: int, rows: int) -> str:
    return "\n".join("".join(span.text for span in line).rstrip() for line in render(state, columns, rows)) + "\n"


SHOWN = {
    "empty-80x24": (EMPTY, 80, 24),
    "talk-80x24": (TALK, 80, 24),
    "busy-80x24": (BUSY, 80, 24),
    "busy-120x40": (BUSY, 120, 40),
    "busy-40x24": (BUSY, 40, 24),
    "busy-40x12": (BUSY, 40, 12),
    "talk-20x6": (TALK, 20, 6),
    "scripts-80x24": (SCRIPTS, 80, 24),
    "scripts-40x20": (SCRIPTS, 40, 20),
    "help-80x24": (State(page="help"), 80, 24),
    "help-40x24": (State(page="help"), 40, 24),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_screen(name: str) -> None:
    """Make them anew with `python -m tests.clients.terminal.test_render`, and look at them."""
    assert text(*SHOWN[name]) == (FOLDER / f"{name}.txt").read_text()


def styles(state: State, words: str) -> set[Style]:
    return {span.style for line in render(state, 80, 24) for span in line if words in span.text}


def test_what_is_heard_certain_and_stopped_looks_different() -> None:
    assert styles(TALK, "Timer set") == {Style.SPOKEN}
    assert styles(TALK, "for 5 minutes.") == {Style.PLAIN}
    assert styles(TALK, "what is") == {Style.PLAIN}
    assert styles(TALK, "six times") == {Style.TENTATIVE}
    assert styles(TALK, "[stopped]") == {Style.STRONG}
    assert styles(TALK, "and rebuilt twice.") == {Style.FAINT}


def test_scrolling_back_and_no_further_than_the_first_line() -> None:
    state = State(entries=tuple(Entry(Kind.YOU, "you", f"line {number}") for number in range(60)))
    assert "line 59" in text(state, 80, 24)
    back = text(State(entries=state.entries, back=20), 80, 24)
    assert "line 38" in back
    assert "line 40" not in back
    assert "more below" in back
    top = text(State(entries=state.entries, back=1000), 80, 24)
    assert "line 0" in top.splitlines()[1]


WORDS = st.text(alphabet="abc  日本שלום❤️👩‍👧é.…", max_size=80).map(clean)
FINITE = st.floats(0, 1000)
STATES = st.builds(
    State,
    entries=st.lists(
        st.builds(Entry, st.sampled_from(Kind), WORDS, WORDS, WORDS, st.integers(0, 90), st.sampled_from(Stage)), max_size=6
    ).map(tuple),
    status=st.builds(Status, WORDS, WORDS, WORDS, WORDS, WORDS, st.lists(st.tuples(WORDS, FINITE), max_size=3).map(tuple)),
    floor=st.sampled_from(Floor),
    microphone_db=st.floats(-60, 3),
    speaker_db=st.floats(-60, 3),
    bars=st.lists(
        st.builds(Bar, st.integers(1, 10**6), st.lists(FINITE, min_size=1, max_size=5).map(
            lambda times: tuple(zip(("understood", "thought", "voiced", "waited", "played"), sorted(times), strict=False))
        )), max_size=4,
    ).map(tuple),
    p50_s=FINITE, p95_s=FINITE, turns=st.integers(0, 10**6),
    troubles=st.lists(st.tuples(WORDS, WORDS), max_size=4).map(tuple),
    notice=WORDS, page=st.sampled_from(["conversation", "help"]), back=st.integers(0, 500),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(STATES, st.integers(0, 150), st.integers(0, 50))
def test_any_state_fits_any_terminal(state: State, columns: int, rows: int) -> None:
    screen = render(state, columns, rows)
    assert len(screen) == rows
    assert all(width(line) <= columns for line in screen)


if __name__ == "__main__":
    for name, shown in SHOWN.items():
        (FOLDER / f"{name}.txt").write_text(text(*shown))
        sys.stdout.write(f"--- {name}\n{text(*shown)}")
