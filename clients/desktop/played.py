"""How much of each reply was heard, from what was given to the speaker and what that tells of itself."""

from __future__ import annotations

from dataclasses import dataclass

KEPT = 8
"""Replies that are remembered: a talk may last for days."""


@dataclass
class _Stretch:
    """One reply's sound: where it begins in all that was given, and how long it is; seconds."""

    begins_s: float
    seconds: float = 0.0


class Played:
    """Replies by name, one behind the other; the time comes in as an argument, on the speaker's clock."""

    def __init__(self) -> None:
        self._replies: dict[str, _Stretch] = {}
        self._given_s = self._played_s = 0.0
        self._since_s: float | None = None

    @property
    def waits(self) -> bool:
        """Whether something was given that may not have been heard yet."""
        return self._given_s > self._played_s

    def push(self, reply: str, seconds: float) -> None:
        """So much of a reply was given to the speaker."""
        self._replies.setdefault(reply, _Stretch(self._given_s)).seconds += seconds
        self._given_s += seconds
        if len(self._replies) > KEPT:
            del self._replies[next(iter(self._replies))]

    def started(self, now_s: float) -> None:
        """The speaker is heard."""
        self._since_s = now_s

    def drained(self) -> None:
        """All that was given was heard."""
        self._played_s, self._since_s = self._given_s, None

    def clear(self) -> None:
        """What was not heard yet never will be."""
        self._replies.clear()
        self._given_s = self._played_s = 0.0
        self._since_s = None

    def heard_s(self, reply: str, now_s: float) -> float:
        """Return how much of a reply was heard; 0 of one that nothing is known of."""
        if (stretch := self._replies.get(reply)) is None:
            return 0.0
        return min(max(0.0, self._position_s(now_s) - stretch.begins_s), stretch.seconds)

    def _position_s(self, now_s: float) -> float:
        running_s = 0.0 if self._since_s is None else max(0.0, now_s - self._since_s)
        return min(self._given_s, self._played_s + running_s)
