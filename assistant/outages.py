"""Engines that do not work at the moment, as a session sees them."""

from __future__ import annotations

from assistant.engines import Engines, Outage, Voice
from assistant.events import Degraded, Event, Restored


def voice_of(engines: Engines, language: str | None) -> Voice | None:
    """Return the voice of a language; None for no language, and for a voice that was given up."""
    silent = any(language in outage.silent for outage in engines.outages())
    return None if language is None or silent else engines.voices.get(language)


class OutageFold:
    """Tells of each outage once, and of its end."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._told: tuple[Outage, ...] = ()

    def look(self, turn: int) -> list[Event]:
        """Return what has changed since the last time."""
        before, self._told = self._told, self._engines.outages()
        if self._told == before:
            return []
        missing = {outage.what for outage in self._told}
        back = [Restored(turn, what) for what in dict.fromkeys(outage.what for outage in before) if what not in missing]
        return [*back, *(Degraded(turn, outage.what, outage.why) for outage in self._told if outage not in before)]
