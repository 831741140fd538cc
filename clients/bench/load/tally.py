"""What a load has met, and what is told of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from clients.bench.load.exchange import Exchange
from clients.bench.percentiles import percentiles


@dataclass
class Tally:
    """Filled by the sessions of one load."""

    exchanges: list[Exchange] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    """By HTTP status, or `unreachable`."""
    degraded: Counter[str] = field(default_factory=Counter)
    """What the server said that it gives up."""
    connections: int = 0
    lost: int = 0
    """Connections that broke, between two turns as well as in one."""
    held: set[int] = field(default_factory=set)
    """Sessions that were let in at all."""
    late_s: list[float] = field(default_factory=list)
    """By how much each message was sent too late: what the bench itself could not keep."""

    def counted(self) -> list[Exchange]:
        """Return the exchanges whose latency counts, and is known."""
        return [each for each in self.exchanges if each.counts and each.v2v_s is not None and each.failed is None]

    def failures(self) -> dict[str, int]:
        """Return how many turns failed, by kind."""
        return dict(Counter(each.failed for each in self.exchanges if each.failed is not None))

    def figures(self, budget_s: float) -> dict[str, Any]:
        """Return all of it as JSON has it; times in seconds."""
        v2v_s = [each.v2v_s for each in self.counted() if each.v2v_s is not None]
        return {
            "held": len(self.held),
            "connections": self.connections,
            "lost": self.lost,
            "turns": len(self.exchanges),
            "v2v_s": {**percentiles(v2v_s), "n": len(v2v_s)},
            "within_budget": round(sum(value <= budget_s for value in v2v_s) / len(v2v_s), 3) if v2v_s else None,
            "failures": self.failures(),
            "refusals": dict(self.refusals),
            "degraded": dict(self.degraded),
            "bench_late_s": percentiles(self.late_s),
            "values_s": [round(value, 3) for value in v2v_s],
        }


def keeps(figures: dict[str, Any], budget_s: float) -> bool:
    """Whether so many sessions were served as promised: all let in, none failed, and 95 of 100 answers within the budget."""
    v2v_s: dict[str, float] = figures["v2v_s"]
    return figures["held"] == figures["n"] and not figures["failures"] and v2v_s.get("p95", budget_s + 1) <= budget_s
