"""Lists and notes of one conversation, in memory."""

from __future__ import annotations

from assistant.spoken import Refused, listing

LONGEST_TEXT = 200
"""Characters of an item or a note; what is beyond is cut."""

LONGEST_NAME = 40
"""Characters of the name of a list; what is beyond is cut."""

MOST_ITEMS = 100
"""In one list, and as many notes."""

MOST_LISTS = 20

MOST_READ = 20
"""Items that are read out: nobody listens to more, and what is said stays in the language model's prompt."""


class Notebook:
    """Named lists and one pile of notes; every answer is a sentence. Texts come in as one line, not empty."""

    def __init__(self) -> None:
        self._lists: dict[str, list[str]] = {}
        self._notes: list[str] = []

    def add_item(self, name: str, item: str) -> str:
        """Add to the end of a list. Raises Refused at `MOST_LISTS` and `MOST_ITEMS`."""
        name, item = _name(name), _kept(item)
        if name not in self._lists and len(self._lists) >= MOST_LISTS:
            raise Refused(f"I can't keep more than {MOST_LISTS} lists.")
        items = self._lists.setdefault(name, [])
        if len(items) >= MOST_ITEMS:
            raise Refused(f"Your {name} list is full.")
        items.append(item)
        return f"Added {item} to your {name} list."

    def read_list(self, name: str) -> str:
        """Say what is on a list, oldest first."""
        name = _name(name)
        items = self._lists.get(name)
        return f"On your {name} list: {listing(items, MOST_READ)}." if items else f"Your {name} list is empty."

    def clear_list(self, name: str) -> str:
        """Empty a list, there or not."""
        name = _name(name)
        self._lists.pop(name, None)
        return f"Your {name} list is empty now."

    def add_note(self, text: str) -> str:
        """Keep a note. Raises Refused at `MOST_ITEMS`."""
        if len(self._notes) >= MOST_ITEMS:
            raise Refused(f"I can't keep more than {MOST_ITEMS} notes.")
        self._notes.append(_kept(text))
        return f"Noted: {self._notes[-1]}."

    def read_notes(self) -> str:
        """Say the notes, oldest first."""
        return f"Your notes: {listing(self._notes, MOST_READ)}." if self._notes else "You have no notes."


def _kept(text: str) -> str:
    return text[:LONGEST_TEXT].rstrip(" .,;:!?") or text[:LONGEST_TEXT]  # a sentence is put around it


def _name(name: str) -> str:
    return name.lower().removesuffix(" list")[:LONGEST_NAME].strip()
