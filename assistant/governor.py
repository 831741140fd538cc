"""A latency budget that acts: from what the stages took lately it predicts the next answer, and gives something up before that is late."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Literal, TypeAlias

from assistant.engines import LanguageModel, Recognizer
from assistant.events import Degraded, DraftDropped, Drafted, Event, Partial, PassBegun, ReplyAudio, ReplyPhrase, Restored, Stamped
from assistant.latency import Latency, Timing

Part: TypeAlias = Literal["recognize", "think", "phrase", "voice"]
"""What an answer's time is made of: the transcript, the first token, the rest of the first phrase, its first sound."""

PARTS: tuple[Part, ...] = ("recognize", "think", "phrase", "voice")

LATELY = 5
"""The newest spans of a part that count."""

EXPECTED = -2
"""Which of them, the fastest first, is expected next: the second slowest, so that one hiccup gives nothing up."""

ALARM = 0.8
"""Share of the budget from which something is given up: a prediction is no promise."""

EASE = 0.5
"""Share of the budget below which something may come back."""

CALM_TURNS = 4
"""Answers in a row below `EASE` before something comes back; twice as many after each relapse."""

MOST_CALM_TURNS = 64

TURNS_KEPT = 2
"""The turn that is on and the one before it; a session may last for days."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What an answer may take, in seconds: all of it from the end of speech to its first audio, and each part."""

    voice_to_voice_s: float = 1.2
    recognize_s: float = 0.25
    think_s: float = 0.25
    phrase_s: float = 0.25
    voice_s: float = 0.25

    def of(self, part: Part) -> float:
        """Return the share of one part."""
        found: float = getattr(self, f"{part}_s")
        return found


@dataclass(frozen=True, slots=True)
class Plan:
    """How a session works at the moment."""

    partial_every_s: float = 0.4
    """New audio between two partials."""
    first_phrase_characters: int = 48
    """After so many the first phrase is cut at a space."""
    one_thread: bool = False
    """The language model works on one thread, whatever it was given."""
    turns: int | None = None
    """Earlier turns that the model is shown at most; None for all that it likes."""
    spoken: bool = True


@dataclass(frozen=True, slots=True)
class Measure:
    """Something to give up, the parts it helps, and what the plan is then."""

    name: str
    helps: tuple[Part, ...]
    changes: dict[str, float | int | bool]
    only: Literal["padded", "threads"] | None = None
    """Helps only with a recognizer that pads (partials leave any other one less to understand at the end), or with a language model
    that has several threads."""


MEASURES = (
    Measure("rarer partials", ("recognize",), {"partial_every_s": 1.0}, only="padded"),
    Measure("short first phrase", ("phrase", "voice"), {"first_phrase_characters": 20}),
    Measure("one thread", ("think", "phrase", "voice", "recognize"), {"one_thread": True}, only="threads"),
    Measure("no partials", ("recognize",), {"partial_every_s": inf}, only="padded"),
    Measure("smaller prompt", ("think",), {"turns": 0}),
    Measure("shortest first phrase", ("phrase", "voice"), {"first_phrase_characters": 8}),
    Measure("text only", ("voice",), {"spoken": False}),
)
"""In the order in which they are given up: what is missed least comes first."""

SPARING = ("rarer partials", "short first phrase", "smaller prompt")
"""What a session begins without that begins on a busy machine; it comes back after calm turns, as everything does."""


def measures(recognizer: Recognizer, model: LanguageModel) -> Sequence[Measure]:
    """Return what can be given up with these two at work."""
    there = {"padded": recognizer.hearing.padded, "threads": model.threads > 1}
    return [measure for measure in MEASURES if measure.only is None or there[measure.only]]


@dataclass
class Governor:
    """Folds a session's facts; each decision is a fact to be emitted, and `plan` is what is to be done."""

    budget: Budget = field(default_factory=Budget)
    measures: Sequence[Measure] = MEASURES
    """What may be given up, in order."""

    def __post_init__(self) -> None:
        self._latency = Latency(TURNS_KEPT)
        self._spans: dict[Part, deque[float]] = {part: deque(maxlen=LATELY) for part in PARTS}
        self._paused_s = 0.0
        self._given_up: list[Measure] = []
        self._plan = Plan()
        self._calm = 0
        self._calm_enough = CALM_TURNS
        self._pass_begun_s: float | None = None
        self._measured_turn = 0
        self._busy = ""

    def spare(self, why: str) -> None:
        """Give up what spares the machine, before the session begins."""
        self._busy = why
        for measure in (each for each in self.measures if each.name in SPARING):
            self._give_up(measure)

    def begun(self) -> list[Event]:
        """Return what was given up before the session begins."""
        return [Degraded(0, measure.name, self._busy) for measure in self._given_up]

    @property
    def plan(self) -> Plan:
        """What is left after all that was given up."""
        return self._plan

    @property
    def predicted_s(self) -> float:
        """The next answer's first audio, after the end of speech; 0 while nothing is known."""
        return self._paused_s + sum(self._expected(part) for part in PARTS)

    def push(self, stamped: Stamped) -> list[Event]:
        """Take one fact and return what was decided by it."""
        self._latency(stamped)
        match stamped.event:
            case PassBegun():
                self._pass_begun_s = stamped.at_s
            case Partial(turn) if self._pass_begun_s is not None:
                self._measure("recognize", stamped.at_s - self._pass_begun_s)
                self._pass_begun_s = None
                return self._tighten(turn)
            case DraftDropped(turn):
                self._measured_turn = turn - 1
            case Drafted(turn, "first_audio") | ReplyAudio(turn):
                return self._judge(turn)
            case Drafted(turn, "first_phrase") | ReplyPhrase(turn) if not self._plan.spoken:
                return self._judge(turn)
        return []

    def _judge(self, turn: int) -> list[Event]:
        """Look at an answer that is as far as it gets, once."""
        if turn <= self._measured_turn or turn not in self._latency.turns:
            return []
        self._measured_turn = turn
        self._take(self._latency.turns[turn])
        return self._tighten(turn) or self._ease(turn)

    def _take(self, timing: Timing) -> None:
        for part, seconds in spans(timing):
            self._measure(part, seconds)
        self._paused_s = timing.reached.get("paused", self._paused_s)

    def _measure(self, part: Part, seconds: float) -> None:
        self._spans[part].append(seconds)

    def _expected(self, part: Part) -> float:
        return sorted(self._spans[part])[EXPECTED] if len(self._spans[part]) >= -EXPECTED else 0.0

    def _tighten(self, turn: int) -> list[Event]:
        """Give up the next thing that helps the part which is furthest beyond its share."""
        predicted_s = self.predicted_s
        if predicted_s <= ALARM * self.budget.voice_to_voice_s:
            return []
        self._calm = 0
        by_need = sorted(PARTS, key=lambda part: self._expected(part) / self.budget.of(part), reverse=True)
        for part in by_need:
            took_s = self._expected(part)
            if took_s <= ALARM * self.budget.of(part):
                break
            for measure in self.measures:
                if part in measure.helps and measure not in self._given_up:
                    self._give_up(measure)
                    why = (
                        f"{part} takes {took_s * 1000:.0f} ms; the answer would come after {predicted_s * 1000:.0f} ms "
                        f"of {self.budget.voice_to_voice_s * 1000:.0f}"
                    )
                    return [Degraded(turn, measure.name, why)]
        return []

    def _give_up(self, measure: Measure) -> None:
        self._given_up.append(measure)
        self._plan = _without(self._given_up)
        for part in measure.helps:
            self._spans[part].clear()  # they tell nothing of what is to come

    def _ease(self, turn: int) -> list[Event]:
        """Take the newest measure back after enough calm answers."""
        if not self._given_up:
            return []
        if self.predicted_s > EASE * self.budget.voice_to_voice_s:
            self._calm = 0
            return []
        self._calm += 1
        if self._calm < self._calm_enough:
            return []
        self._calm, self._calm_enough = 0, min(2 * self._calm_enough, MOST_CALM_TURNS)
        restored = self._given_up.pop()
        self._plan = _without(self._given_up)
        return [Restored(turn, restored.name)]


def _without(given_up: Iterable[Measure]) -> Plan:
    plan = Plan()
    for measure in given_up:
        plan = replace(plan, **measure.changes)  # type: ignore[arg-type]
    return plan


def spans(timing: Timing) -> Iterable[tuple[Part, float]]:
    """Yield what each part of an answer took, as far as it was reached; waiting for the endpoint is no work."""
    reached = timing.reached
    ends: dict[Part, float | None] = {
        "recognize": reached.get("final"),
        "think": reached.get("first_token"),
        "phrase": reached.get("first_phrase"),
        "voice": reached.get("first_audio"),
    }
    drafted, endpoint = reached.get("drafted"), reached.get("endpoint", 0.0)
    if drafted is not None and (ends["phrase"] is None or drafted >= ends["phrase"]):
        ends["voice"] = drafted  # the audio was there, and held
    before = reached.get("paused", endpoint)
    for part, end in ends.items():
        if end is None:
            return
        waited_s = endpoint - drafted if part == "think" and drafted is not None and drafted < end else 0.0
        yield part, max(0.0, end - before - waited_s)
        before = end
