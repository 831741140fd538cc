"""The figures of all loads as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from clients.bench.load.run import Conditions
from clients.bench.machine import fingerprint

COLUMNS = ("sessions", "turns", "p50", "p95", "max", "failed", "refused", "cores", "s/turn")


def show(results: Sequence[dict[str, Any]], told: dict[str, Any], conditions: Conditions) -> None:
    """Print them: a line for each number of sessions, then what went wrong."""
    how = "the next turn follows the reply" if conditions.rate is None else f"{conditions.rate:g} turns a minute of each, whoever is late"
    console = Console(emoji=False, highlight=False)
    console.print(
        f"Milliseconds from the last word that was sent to the first sound that came; {how}; {conditions.seconds / 60:g} min, "
        f"seed {conditions.seed}; {fingerprint()}",
        soft_wrap=True,
    )
    table = Table(*COLUMNS)
    for column in table.columns:
        column.justify, column.no_wrap = "right", True
    for each in results:
        table.add_row(
            f"{each['n']}" if each["held"] == each["n"] else f"{each['held']} of {each['n']}",
            f"{each['turns']}", *(_ms(each["v2v_s"].get(name)) for name in ("p50", "p95", "max")),
            f"{sum(each['failures'].values())}", f"{sum(each['refusals'].values())}",
            *("-" if name not in each else f"{each[name]:.2f}" for name in ("server_cores", "server_s_a_turn")),
        )  # fmt: skip
    console.print(table)
    for line in (line for each in results for line in _details(each)):
        console.print(line, soft_wrap=True)
    late_s = max(each["bench_late_s"].get("p95", 0.0) for each in results)
    console.print(
        f"Within {told['budget_s']:g} s for 95 of 100 answers, everybody let in and no turn failed: {told['sessions_within_budget']} sessions "
        f"on {told['cores']} cores, {told['sessions_a_core']:g} a core.\n"
        f"The bench itself took up to {max(each['bench_cores'] for each in results):g} cores, and sent 95 of 100 messages at most {_ms(late_s)} ms late.",
        soft_wrap=True,
    )


def _details(result: dict[str, Any]) -> Iterator[str]:
    """Yield what one load met beside its latency."""
    for name in ("failures", "refusals", "degraded"):
        if result[name]:
            yield f"{result['n']}, {name}: {', '.join(f'{kind} {count}' for kind, count in sorted(result[name].items()))}"
    if result["lost"]:
        yield f"{result['n']}, connections lost: {result['lost']}"
    for fault in result.get("faults", ()):
        touched = fault["touched"]
        met = "nobody was there" if touched is None else f"session {touched}" if isinstance(touched, int) else touched
        yield f"{result['n']}, after {fault['at_s']:g} s: {fault['what']} ({met})"


def _ms(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1000 * seconds:.0f}"
