"""Text in the cells of a terminal: how wide it is, and pieces of it that fit. Nothing here is wider than what was asked for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from rich.cells import get_character_cell_size

MORE = "…"
"""Stands for what did not fit."""

_JOINERS = "\u200c\u200d"
"""Invisible, but they belong to words of some scripts; other invisible characters may turn the rest of the line around."""

_EMOJI = "\ufe0f"
"""Makes the character before it two cells wide in some terminals, and in none narrower than one."""


class Style(Enum):
    """What a piece of text is; the painter knows how that looks. Each differs from its neighbours without colour, too."""

    PLAIN = auto()
    FAINT = auto()
    STRONG = auto()
    TITLE = auto()
    """A bar across the screen."""
    YOU = auto()
    PARLEY = auto()
    TENTATIVE = auto()
    """Words that may still change."""
    SPOKEN = auto()
    """Words that were heard of a reply that is being spoken."""
    TROUBLE = auto()
    KEY = auto()
    BAR = auto()
    BAR_HIGH = auto()


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line in one style."""

    text: str
    style: Style = Style.PLAIN

    @property
    def cells(self) -> int:
        """How wide it is."""
        return cells(self.text)


Line = tuple[Span, ...]
Screen = tuple[Line, ...]


def clean(text: str) -> str:
    """Return `text` on one line, without characters that move the cursor or turn the direction of writing."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if character.isspace() else character for character in text if _harmless(character))


@lru_cache(4096)
def _harmless(character: str) -> bool:
    return character.isspace() or character in _JOINERS or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")


@lru_cache(4096)
def _width(character: str) -> int:
    return 1 if character == _EMOJI else get_character_cell_size(character)


def cells(text: str) -> int:
    """Return how many cells a clean text takes, at most."""
    return len(text) if text.isascii() else sum(map(_width, text))


def width(line: Iterable[Span]) -> int:
    """Return how many cells a line takes."""
    return sum(span.cells for span in line)


def cut(text: str, most: int) -> str:
    """Return as much of the beginning of `text` as fits into `most` cells; a character and what is joined to it stay together."""
    if text.isascii():
        return text[: max(most, 0)]
    taken, end = 0, 0
    for end, character in enumerate(text):  # noqa: B007 - where it stopped is what is wanted
        if taken + _width(character) > most:
            break
        taken += _width(character)
    else:
        return text
    return text[:end]


def fit(line: Iterable[Span], most: int) -> Line:
    """Return as much of the line as fits; what is left out is marked."""
    spans = tuple(span for span in line if span.text)
    if width(spans) <= most:
        return spans
    kept: list[Span] = []
    left = most - cells(MORE)
    for span in spans:
        if span.cells > left:
            kept.append(Span(cut(span.text, left), span.style))
            break
        kept.append(span)
        left -= span.cells
    kept.append(Span(MORE if most >= cells(MORE) else "", Style.FAINT))
    return tuple(span for span in kept if span.text)


def spread(left: Iterable[Span], right: Iterable[Span], most: int) -> Line:
    """Return a line with one part at each end; where both do not fit, the left one is cut, and without room for it only the right one is there."""
    end = fit(right, most)
    room = most - width(end) - 1
    start = fit(left, room) if room > 0 else ()
    gap = Span(" " * (most - width(start) - width(end)))
    return tuple(span for span in (*start, gap, *end) if span.text)


def wrap(line: Iterable[Span], most: int) -> list[Line]:
    """Break a line between words into lines of at most `most` cells; a word that is longer is broken, too. At least one line."""
    most = max(most, 1)
    lines: list[list[Span]] = [[]]
    taken = 0
    for text, style in _words(line):
        word = text
        if taken + cells(word.rstrip(" ")) > most and taken:
            lines.append([])
            taken = 0
        while cells(word.rstrip(" ")) > most:
            piece = cut(word, most) or word[:1]
            if cells(piece) > most:  # a wide character, and a single cell
                piece, word = MORE, word[1:]
            else:
                word = word[len(piece) :]
            lines[-1].append(Span(piece, style))
            lines.append([])
        word = cut(word, most - taken)  # spaces at the end of a line
        taken += cells(word)
        lines[-1].append(Span(word, style))
    joined = [tuple(_joined(spans)) for spans in lines]
    return [each for each in joined if each] or [()]


def _words(line: Iterable[Span]) -> Iterator[tuple[str, Style]]:
    """Yield words with the spaces behind them; scripts without spaces may be broken between any two characters."""
    for span in line:
        begin = 0
        for here, character in enumerate(span.text):
            ends = character == " " and span.text[here + 1 : here + 2] != " "
            if ends or (_width(character) == 2 and _width(span.text[here + 1 : here + 2] or " ") != 0):
                yield span.text[begin : here + 1], span.style
                begin = here + 1
        if begin < len(span.text):
            yield span.text[begin:], span.style


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Put neighbours of the same style together."""
    before: Span | None = None
    for span in spans:
        if before is not None and before.style is span.style:
            before = Span(before.text + span.text, span.style)
        else:
            if before is not None and before.text:
                yield before
            before = span
    if before is not None and before.text:
        yield before
