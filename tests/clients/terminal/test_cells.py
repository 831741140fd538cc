from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from clients.terminal.cells import Span, Style, cells, clean, cut, fit, spread, width, wrap

ANY = st.text(alphabet=st.characters(), max_size=40) | st.text(alphabet="ab 日本 שלום é❤️👩‍👩‍👧🇪🇸\u202e\x1b[\n\t", max_size=60)
LINES = st.lists(st.builds(Span, ANY.map(clean), st.sampled_from(Style)), max_size=5).map(tuple)


def text(line: tuple[Span, ...]) -> str:
    return "".join(span.text for span in line)


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ("plain words", "plain words"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("\x1b[31mred\x07", "[31mred"),  # what is left moves no cursor
        ("turned \u202eround", "turned round"),
        ("שלום", "שלום"),
        ("क\u200dष", "क\u200dष"),
        ("half \ud800 a pair", "half  a pair"),
    ],
)
def test_what_a_terminal_may_see(given_: str, wanted: str) -> None:
    assert clean(given_) == wanted


@pytest.mark.parametrize(("of", "wide"), [("abc", 3), ("日本", 4), ("é", 1), ("e\u0301", 1), ("❤️", 2), ("שלום", 4)])
def test_how_wide_text_is(of: str, wide: int) -> None:
    assert cells(of) == wide


@pytest.mark.parametrize(
    ("line", "most", "wanted"),
    [
        ("short", 10, "short"),
        ("just fits", 9, "just fits"),
        ("does not fit", 8, "does no…"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_a_line_that_does_not_fit_is_marked(line: str, most: int, wanted: str) -> None:
    assert text(fit((Span(line),), most)) == wanted


def test_both_ends_of_a_line() -> None:
    assert text(spread((Span("left"),), (Span("right"),), 12)) == "left   right"
    assert text(spread((Span("left of it"),), (Span("right"),), 12)) == "left … right"
    assert text(spread((Span("left"),), (Span("right"),), 4)) == "rig…"


@pytest.mark.parametrize(
    ("line", "most", "wanted"),
    [
        ("one two three", 8, ["one two ", "three"]),
        ("one two three", 7, ["one two", "three"]),
        ("incomprehensible", 6, ["incomp", "rehens", "ible"]),
        ("a incomprehensible", 6, ["a ", "incomp", "rehens", "ible"]),
        ("日本語です", 4, ["日本", "語で", "す"]),
        ("日本", 1, ["…", "…"]),
        ("", 5, [""]),
    ],
)
def test_lines_are_broken_between_words(line: str, most: int, wanted: list[str]) -> None:
    assert [text(each) for each in wrap((Span(line),), most)] == wanted


def test_styles_survive_a_break() -> None:
    lines = wrap((Span("heard words ", Style.SPOKEN), Span("and others")), 12)
    assert lines == [(Span("heard words ", Style.SPOKEN),), (Span("and others"),)]


@given(LINES, st.integers(-2, 30))
def test_nothing_is_wider_than_it_may_be(line: tuple[Span, ...], most: int) -> None:
    assert width(fit(line, most)) <= max(most, 0)
    assert all(width(each) <= max(most, 1) for each in wrap(line, most))
    if most > 0:
        assert width(spread(line, line[::-1], most)) == most


@given(ANY)
def test_we_never_take_text_for_narrower_than_rich_does(of: str) -> None:
    assert cell_len(clean(of)) <= cells(clean(of))


@given(LINES, st.integers(2, 30))
def test_wrapping_loses_nothing_but_spaces(line: tuple[Span, ...], most: int) -> None:
    assert "".join(map(text, wrap(line, most))).replace(" ", "") == text(line).replace(" ", "")


@given(ANY.map(clean), st.integers(0, 20))
def test_a_cut_is_a_beginning(of: str, most: int) -> None:
    assert of.startswith(cut(of, most))
    assert cells(cut(of, most)) <= most
