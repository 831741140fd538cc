"""Timers and alarms: what goes off later. Nothing here waits; the time comes in as an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from assistant.spoken import Refused

MOST = 50
"""Timers that run at once, and alarms likewise."""


@dataclass(frozen=True, slots=True)
class Ring:
    """A timer or an alarm; `at` is aware, `name` says which one it is: `5 minute timer`."""

    kind: Literal["timer", "alarm"]
    at: datetime
    name: str

    @property
    def announcement(self) -> str:
        """What is said when it goes off."""
        return f"Your {self.name} is {'up' if self.kind == 'timer' else 'going off'}."


class Rings:
    """All timers and alarms of one conversation, in memory. A ring that went off is held until `due` has told it."""

    def __init__(self) -> None:
        self._rings: list[Ring] = []

    def add(self, ring: Ring, now: datetime) -> None:
        """Start it; the same alarm a second time is one alarm.

        Raises:
            Refused: `MOST` of its kind are running.
        """
        if ring.kind == "alarm" and ring in self._rings:
            return
        if len(self.running(ring.kind, now)) >= MOST:
            raise Refused(f"I can't keep more than {MOST} {ring.kind}s.")
        untold = [r for r in self._rings if r.at <= now][-MOST:]  # perhaps nobody asks for what is due
        self._rings = sorted([*untold, *(r for r in self._rings if r.at > now), ring], key=lambda r: r.at)

    def running(self, kind: Literal["timer", "alarm"], now: datetime) -> list[Ring]:
        """Return those that have not gone off, the next one first."""
        return [ring for ring in self._rings if ring.kind == kind and ring.at > now]

    def cancel(self, kind: Literal["timer", "alarm"]) -> int:
        """Forget all of a kind and return how many there were."""
        before = len(self._rings)
        self._rings = [ring for ring in self._rings if ring.kind != kind]
        return before - len(self._rings)

    def due(self, now: datetime) -> list[Ring]:
        """Return what has gone off since the last call, oldest first, and forget it."""
        gone = [ring for ring in self._rings if ring.at <= now]
        self._rings = self._rings[len(gone) :]
        return gone

    def next_at(self) -> datetime | None:
        """Return when the next one goes off; in the past while one is due."""
        return self._rings[0].at if self._rings else None
