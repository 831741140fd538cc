"""Profiles: a recognizer, a language model and voices together; which of them none other beats, and which one to take. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from string import ascii_lowercase
from typing import TypeAlias, TypeVar

from assistant.errors import InputError
from models.advice.candidates import MAIN_BYTES, STARTER_NAME, Adapts, Answering, Candidates, Listening, Speaking, hears, speaks, writes
from models.advice.costs import Hears, Speaks, Writes
from models.advice.probe import Speeds

Axes: TypeAlias = tuple[float, ...]
"""More is better in each."""

T = TypeVar("T")

ADAPTS = list(Adapts)

WORD_TOKENS, WORDS_A_SECOND = 1.3, 2.7
"""What speech takes of a language model, so that it does not stop between phrases."""

KEEPS_UP = 0.8
"""Share of real time that an answer, or its sound, may take at most: others want the machine, too."""

VOICE_RTF = 0.3
"""A better voice is worth it up to here: a phrase must not take a third of the time that it sounds."""


@dataclass(frozen=True)
class Profile:
    """One way to furnish a session."""

    listening: Listening
    answering: Answering
    speaking: Speaking
    languages: tuple[str, ...]
    speeds: Speeds

    @property
    def hears(self) -> Hears:
        return hears(self.listening, self.speeds)

    @property
    def writes(self) -> Writes:
        return writes(self.answering, self.speeds)

    @property
    def speaks(self) -> Speaks:
        return speaks(self.speaking, self.speeds)

    @property
    def memory_bytes(self) -> int:
        """Return what all of it takes while it runs."""
        return MAIN_BYTES + self.listening.memory_bytes + self.answering.memory_bytes + self.speaking.memory_bytes

    @property
    def quality(self) -> float | None:
        """Return what is heard rightly times what is answered rightly, in percent, as published; None if a part is not published."""
        heard, score = self.listening.heard(self.languages), self.answering.score
        return None if heard is None or score is None else heard * score

    @property
    def keeps_up(self) -> bool:
        """Tell whether its speech has no gaps."""
        writing = self.writes.batch_s(1) * WORD_TOKENS * WORDS_A_SECOND
        return writing <= KEEPS_UP and self.speaks.phrase_s(1.0) <= KEEPS_UP

    @property
    def starter(self) -> bool:
        """Tell whether it is what ships."""
        return self.listening.name == self.answering.name == STARTER_NAME and self.speaking.quality == 0


@dataclass(frozen=True)
class Rated:
    """A profile, and the predicted median from the last word to the answer's first sound; None where no answer would be spoken."""

    profile: Profile
    voice_to_voice_s: float | None

    @property
    def slowness_s(self) -> float:
        return float("inf") if self.voice_to_voice_s is None else self.voice_to_voice_s

    @property
    def worth(self) -> tuple[float, float]:
        """Return how good it is, more being better; a quality that nobody published is less than any."""
        quality = self.profile.quality
        return (-1.0 if quality is None else quality, float(self.profile.speaking.quality))

    @property
    def axes(self) -> Axes:
        """Return all that profiles are compared in, more being better."""
        return (*self.worth, ADAPTS.index(self.profile.answering.adapts), -self.profile.memory_bytes, -self.slowness_s)


@dataclass(frozen=True)
class Limits:
    """What a person allows."""

    memory_bytes: int
    deadline_s: float


def profiles(found: Candidates, languages: Sequence[str], speeds: Speeds) -> list[Profile]:
    """Return what can be put together, what is here first, without parts that another one beats, and voices slower than they are worth."""
    spoken = [each for each in found.speaking if speaks(each, speeds).phrase_s(1.0) <= VOICE_RTF] or found.speaking[:1]
    listening = _unbeaten(found.listening, lambda each: _of_listening(each, tuple(languages), speeds))
    answering = _unbeaten(found.answering, lambda each: _of_answering(each, speeds))
    return [Profile(*parts, tuple(languages), speeds) for parts in product(listening, answering, spoken)]


def _of_listening(one: Listening, languages: tuple[str, ...], speeds: Speeds) -> Axes:
    heard, cost = one.heard(languages), hears(one, speeds)
    return (-1.0 if heard is None else heard, -one.memory_bytes, -cost.pass_s(1.0, 5), -cost.pass_s(1.0, 30))


def _of_answering(one: Answering, speeds: Speeds) -> Axes:
    cost = writes(one, speeds)
    return (
        -1.0 if one.score is None else one.score,
        ADAPTS.index(one.adapts),
        -one.memory_bytes,
        *(-cost.batch_s(count) for count in (1, 4, 16, 128)),
    )


def _unbeaten(parts: Sequence[T], axes: Callable[[T], Axes]) -> list[T]:
    """Return those that no other one beats; of equals, the first."""
    found = [axes(part) for part in parts]
    return [
        part for place, (part, own) in enumerate(zip(parts, found, strict=True))
        if not any(_at_least(other, own) and (other != own or number < place) for number, other in enumerate(found) if number != place)
    ]  # fmt: skip


def frontier(rated: Sequence[Rated]) -> list[Rated]:
    """Return those that no other one beats: as good, as frugal, as quick and as adaptable, and more so in one of these; the quickest first."""
    return sorted(_unbeaten(rated, lambda each: each.axes), key=lambda each: (each.slowness_s, each.profile.memory_bytes))


def recommended(rated: Sequence[Rated], limits: Limits) -> Rated:
    """Return the best one within the limits: by quality, then by the voice, then by time.

    Raises:
        InputError: even the most frugal one takes more memory.
    """
    require_room([each.profile for each in rated], limits)
    fitting = [each for each in rated if each.profile.memory_bytes <= limits.memory_bytes]
    quick = [each for each in fitting if each.slowness_s <= limits.deadline_s and each.profile.keeps_up]
    if not quick:
        return min(fitting, key=lambda each: each.slowness_s)
    return max(quick, key=lambda each: (*each.worth, -each.slowness_s))


def letters(count: int) -> list[str]:
    """Return names of so many rows: a, b, ... z, aa, ..."""
    return [(ascii_lowercase[i // 26 - 1] if i >= 26 else "") + ascii_lowercase[i % 26] for i in range(count)]


def require_room(every: Sequence[Profile], limits: Limits) -> None:
    """Make sure that one fits into the memory.

    Raises:
        InputError: none does.
    """
    least = min(each.memory_bytes for each in every)
    if least > limits.memory_bytes:
        raise InputError(
            f"No profile fits into {limits.memory_bytes / 1e9:.3g} GB: the smallest takes {least / 1e9:.2g}; give --memory {_up(least)} or more."
        )


def _at_least(one: Axes, other: Axes) -> bool:
    return all(a >= b for a, b in zip(one, other, strict=True))


def _up(size: int) -> float:
    return -(-size // 100_000_000) / 10
