"""What is on the screen, as a value: the model makes it, rendering reads it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

QUIET_DB = -60.0
"""Sound that no meter shows, in dB below full scale."""


class Kind(Enum):
    """Whose line it is."""

    YOU = "you"
    PARLEY = "parley"
    TOOL = "tool"
    NOTE = "note"
    ERROR = "error"


class Stage(Enum):
    """How far a line is."""

    GROWING = "growing"
    """Its words may still change."""
    SPOKEN = "being spoken"
    WHOLE = "whole"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the conversation; `text` is certain."""

    kind: Kind
    who: str
    """The label in front: a name, or a language."""
    text: str
    tentative: str = ""
    """Words behind `text` that may change."""
    heard: int = 0
    """Characters of `text` that were heard, of a reply that is being spoken or was stopped."""
    stage: Stage = Stage.WHOLE


MUTED = "muted"
"""What a status says of a microphone that is."""


class Floor(Enum):
    """Who has the floor."""

    LISTENING = "listening"
    HEARING = "hearing you"
    THINKING = "thinking"
    SPEAKING = "speaking"


@dataclass(frozen=True, slots=True)
class Bar:
    """What a turn took, in seconds after the last word: each part and when it was over, in order; the last one is all of it."""

    turn: int
    parts: tuple[tuple[str, float], ...]

    @property
    def total_s(self) -> float:
        """From the last word to the first sound."""
        return self.parts[-1][1] if self.parts else 0.0


@dataclass(frozen=True, slots=True)
class Status:
    """What the program says of itself."""

    mode: str = "assistant"
    languages: str = "English"
    microphone: str = "open microphone"
    talk: str = ""
    """What the space bar does at the moment, in a word; empty: nothing."""
    welcome: str = "Say something."
    """How to begin."""
    timers: tuple[tuple[str, float], ...] = ()
    """Name and seconds left, the next one first."""


@dataclass(frozen=True, slots=True)
class State:
    """All that is on the screen."""

    entries: tuple[Entry, ...] = ()
    status: Status = Status()
    floor: Floor = Floor.LISTENING
    microphone_db: float = QUIET_DB
    speaker_db: float = QUIET_DB
    bars: tuple[Bar, ...] = ()
    """Of the newest turns, the newest last."""
    p50_s: float = 0.0
    p95_s: float = 0.0
    turns: int = 0
    """So many the two percentiles are of."""
    troubles: tuple[tuple[str, str], ...] = ()
    """What is given up at the moment, and why."""
    xruns: int = 0
    """Times that sound was lost."""
    notice: str = ""
    page: str = "conversation"
    """Or `help`."""
    back: int = 0
    """Lines that the conversation is scrolled back."""
