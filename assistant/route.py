"""Small or large: which model answers, decided from what is known before the first word. No I/O; every decision says why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import exp, log


class Privacy(StrEnum):
    """What may leave the machine."""

    NEVER = "never"
    """Nothing."""
    ASK = "ask"
    """A hard question, once the user has said yes to it."""
    HARD = "hard"
    """Hard questions."""
    ALWAYS = "always"
    """Everything but what a tool of this machine answers."""


class To(StrEnum):
    """Who answers."""

    SMALL = "small"
    LARGE = "large"
    BOTH = "both"
    """Both begin, and the large one wins if its first word comes in time."""
    ASK = "ask"
    """The user is asked first whether the question may leave the machine."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the small model thinks of a question, before its first word."""

    defer: float = 0.0
    """How likely it passes, in [0, 1]."""
    tool: float = 0.0
    """How likely it calls a tool, in [0, 1]."""
    entropy_nats: float = 0.0
    """Of its first word: how little it knows what to say."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say."""

    privacy: Privacy = Privacy.NEVER
    surely: float = 0.7
    """From so much difficulty on, in [0, 1], only the large model is asked."""
    perhaps: float = 0.3
    """From so much on, both begin."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of one question. Times in seconds, money in US dollars; None is unknown."""

    doubt: Doubt
    wanted: bool = False
    """The user, or a rule of the domain, asks for the large model."""
    agreed: bool = False
    """The user has said yes to this question leaving the machine."""
    local_s: float | None = None
    """Until the small model's first word."""
    hosted_s: float | None = None
    """Until the large model's first word, as it mostly was."""
    wait_s: float = 4.0
    """How long the large model's first word is waited for."""
    cost_usd: float | None = None
    """The most that the answer can cost; None where a price is not known."""
    left_usd: float = 0.0
    """What may still be spent."""
    reachable: bool = True
    """Some provider answered lately, or was not asked."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who answers, and why, in a few words."""

    to: To
    why: str


def difficulty(doubt: Doubt) -> float:
    """Return how likely the small model cannot answer, in [0, 1]: it says so itself, the more clearly the less it calls a tool.

    `parley bench route` measures how well that tells them apart.
    """
    odds = log(max(doubt.defer, 1e-6) / max(1 - doubt.defer, 1e-6)) + 0.5 * (doubt.entropy_nats - 1.0) - 4.0 * doubt.tool
    return 1 / (1 + exp(-max(-50.0, min(50.0, odds))))


def decide(signals: Signals, rules: Rules) -> Decision:
    """Return who answers."""
    if rules.privacy is Privacy.NEVER:
        return Decision(To.SMALL, "nothing may leave this machine")
    if signals.doubt.tool >= 0.5 and not signals.wanted:
        return Decision(To.SMALL, "a tool of this machine answers")
    hard = difficulty(signals.doubt)
    if rules.privacy is not Privacy.ALWAYS and not signals.wanted and hard < rules.perhaps:
        return Decision(To.SMALL, f"the small model is sure of itself ({hard:.0%} doubt)")
    if (against := _against(signals)) is not None:
        return Decision(To.SMALL, against)
    if rules.privacy is Privacy.ASK and not signals.agreed:
        return Decision(To.ASK, "you are asked before anything leaves this machine")
    if signals.wanted or signals.agreed:
        return Decision(To.LARGE, "you asked for the large model")
    if rules.privacy is Privacy.ALWAYS:
        return Decision(To.LARGE, "the large model always answers")
    if signals.hosted_s is not None and signals.hosted_s > signals.wait_s:
        return Decision(To.BOTH, f"the large model mostly takes {signals.hosted_s:.1f} s, and {signals.wait_s:g} s are waited")
    if hard >= rules.surely:
        return Decision(To.LARGE, f"too hard for the small model ({hard:.0%} doubt)")
    return Decision(To.BOTH, f"perhaps too hard for the small model ({hard:.0%} doubt)")


def _against(signals: Signals) -> str | None:
    """Return why the large model cannot be asked; None if it can."""
    if not signals.reachable:
        return "no provider of a large model answers"
    if signals.cost_usd is not None and signals.cost_usd > signals.left_usd:
        return f"the answer may cost ${signals.cost_usd:.4f}, and ${max(signals.left_usd, 0.0):.4f} are left"
    if signals.cost_usd is None and signals.left_usd <= 0:
        return "no money is left"
    return None
