"""What of a text must not leave the machine, and the text without it; the words that come back are put right again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

KINDS = {
    "email": r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "card": r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)",
    "phone": r"(?<![\w+])\+?\(?\d[\d ()/.-]{5,}\d(?!\w)",
}
"""Patterns by name, in the order in which they are looked for; digits of a card are checked."""


class Redaction:
    """Replaces by marks such as `[email 1]`, and turns the marks of an answer back. One for each conversation: a mark keeps its meaning."""

    def __init__(self, kinds: Sequence[str] = tuple(KINDS), names: Iterable[str] = ()) -> None:
        """Look for these kinds, and for these names as whole words.

        Raises:
            KeyError: a kind that is not known.
        """
        self._patterns = [(kind, re.compile(KINDS[kind])) for kind in KINDS if kind in set(kinds)]
        for kind in kinds:
            KINDS[kind]
        if names := [name for name in names if name.strip()]:
            words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
            self._patterns.append(("name", re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)))
        self._marks: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    @property
    def count(self) -> int:
        """How many different things were kept here so far."""
        return len(self._marks)

    def hide(self, text: str) -> str:
        """Return the text with a mark in the place of each."""
        for kind, pattern in self._patterns:
            text = pattern.sub(lambda found, kind=kind: self._mark(kind, found.group()), text)  # type: ignore[misc]
        return text

    def show(self, text: str) -> str:
        """Return an answer with the marks turned back."""
        for original, mark in self._marks.items():
            text = text.replace(mark, original)
        return text

    def _mark(self, kind: str, found: str) -> str:
        if kind == "card" and not _luhn(found):
            return found
        if found not in self._marks:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._marks[found] = f"[{kind} {self._counts[kind]}]"
        return self._marks[found]


class Revealing:
    """Turns marks back in an answer that comes in pieces: what may be the beginning of a mark waits for the rest."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction, self._held = redaction, ""

    def push(self, piece: str) -> str:
        """Return what can be shown now."""
        text = self._held + piece
        start = text.rfind("[")
        open_mark = start >= 0 and "]" not in text[start:] and len(text) - start <= LONGEST_MARK
        self._held = text[start:] if open_mark else ""
        return self._redaction.show(text[:start] if open_mark else text)

    def flush(self) -> str:
        """Return what is left."""
        rest, self._held = self._held, ""
        return self._redaction.show(rest)


LONGEST_MARK = 16


def _luhn(digits: str) -> bool:
    """Tell whether a card's check digit is right (ISO/IEC 7812)."""
    total = 0
    for place, digit in enumerate(int(each) for each in reversed(digits) if each.isdigit()):
        doubled = 2 * digit if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
