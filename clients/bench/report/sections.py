"""What the page says of each bench: the figures that matter, a plot, a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from assistant.latency import STAGES
from clients.bench.report.figures import Figures, table
from clients.bench.report.svg import bars, lines

BUDGET_S = 1.2
"""From the end of speech to the first audio; see `budget.voice_to_voice_s`."""


def latency(figures: Figures, at: str, results: list[dict[str, Any]]) -> str:
    """From the last word to the answer."""
    reached = [part for part in (*STAGES, "voice_to_voice") if part in results[0]["parts"]]
    rows = [
        [escape(part.replace("_", " ")), *(figures.ms(f"{at}/0/parts/{part}/{share}") for share in ("p50", "p95", "max"))]
        for part in reached
    ]
    every = {_variant(result): _cumulative(result["values"]) for result in results if result.get("values")}
    there = "".join(
        f"<p>{escape(result['url'])}, over the socket: first audio {figures.ms(f'{at}/{number}/parts/first_audio/p50')}, "
        f"p95 {figures.ms(f'{at}/{number}/parts/first_audio/p95')}.</p>"
        for number, result in enumerate(results)
        if "url" in result
    )
    plot = lines(every, x="seconds after the last word", y="share of answers", limit=(BUDGET_S, "budget"), most_y=1.0)
    return (
        f"<p>{figures.show(f'{at}/0/n')} questions in real time through the whole pipeline; what counts begins at the last word.</p>"
        + plot
        + table(["point", "p50", "p95", "longest"], rows)
        + there
    )


def _variant(result: Mapping[str, Any]) -> str:
    return str(result.get("variant", ""))


def _cumulative(values: Mapping[str, list[float]]) -> list[tuple[float, float]]:
    found = sorted(values.get("voice_to_voice") or values["first_audio"])
    return [(0.0, 0.0), *((value, (number + 1) / len(found)) for number, value in enumerate(found))]


def endpoint(figures: Figures, at: str, results: list[dict[str, Any]]) -> str:
    """How soon it is known that somebody has finished."""
    curves = {
        name: [(p["cut"], p["mean_s"]) for p in sorted(points, key=lambda p: p["cut"])] for name, points in results[0]["curves"].items()
    }
    rows = [
        [escape(name), figures.percent(f"{at}/0/headline/{name}/cut"), figures.ms(f"{at}/0/headline/{name}/mean_s"),
         figures.ms(f"{at}/0/headline/{name}/p50_s"), figures.percent(f"{at}/0/headline/{name}/share_of_fixed", digits=0)]
        for name in results[0]["headline"]
    ]  # fmt: skip
    return (
        f"<p>{figures.show(f'{at}/0/n')} utterances with {figures.show(f'{at}/0/pauses')} pauses in them. To cut fewer of the pauses one must wait longer; "
        "what is known of the words lets one wait less.</p>"
        + lines(curves, x="share of pauses that are taken for the end", y="mean delay, seconds")
        + table(["known", "pauses cut", "delay, mean", "p50", "of a fixed silence's"], rows)
    )


def overlap(figures: Figures, at: str, results: list[dict[str, Any]]) -> str:
    """Whether an interruption is told from a murmur."""
    rows = [
        [escape(kind), "go on" if kind in ("backchannel", "noise") else "stop", figures.show(f"{at}/0/kinds/{kind}/n"),
         figures.percent(f"{at}/0/kinds/{kind}/right")]
        for kind in results[0]["kinds"]
    ]  # fmt: skip
    stop = figures.ms(f"{at}/0/onset_to_stop/p50") if results[0]["onset_to_stop"] else "–"
    return (
        f"<p>Interruptions that stopped the reply: {figures.percent(f'{at}/0/stopped')}; murmurs and noises that did not: "
        f"{figures.percent(f'{at}/0/survived')}. From the first sample to the stop: p50 {stop}.</p>"
        + table(["spoken into a reply", "it should", "n", "right"], rows)
    )


def heard(figures: Figures, at: str, results: list[dict[str, Any]]) -> str:
    """How exactly it is known what was heard of a stopped reply."""
    share = f"{at}/0/words_off"
    return (
        f"<p>{figures.show(f'{at}/0/n')} replies stopped at random. The words that were heard are known exactly in "
        f"{figures.show(f'{share}/0', digits=1, unit='%')}, to one word in {figures.show(f'{share}/at_most_1', digits=1, unit='%')}.</p>"
    )


def interpret(figures: Figures, at: str, results: list[dict[str, Any]]) -> str:
    """How far a translation trails the speaker."""
    directions = [name for name in results[0] if "-" in name]
    ways = ("live", "at the end")
    rows = [
        [f"{direction} {way}", figures.s(f"{at}/0/{direction}/{way}/laal_s"), figures.s(f"{at}/0/{direction}/{way}/written_s/p50"),
         figures.s(f"{at}/0/{direction}/{way}/spoken_s/p50"), figures.show(f"{at}/0/{direction}/{way}/revised"),
         figures.show(f"{at}/0/{direction}/{way}/chrf", digits=1)]
        for direction in directions for way in ways
    ]  # fmt: skip
    shown = [(direction, {way: results[0][direction][way]["laal_s"] for way in ways}) for direction in directions]
    return (
        f"<p>{figures.show(f'{at}/0/n')} utterances of 5 to 10 seconds each way; the lag (LAAL) includes computing. Words, once written, are never "
        "taken back.</p>" + bars(shown, unit="s") + table(["", "LAAL", "written, p50", "spoken, p50", "taken back", "chrF"], rows)
    )


def glossary(figures: Figures, at: str, results: list[dict[str, Any]]) -> str:
    """Whether terms are translated as a glossary says."""
    rows = [
        [direction, *(figures.show(f"{at}/0/{direction}/{name}", digits=1) for name in
                      ("right_with", "right_without", "chrf_with", "chrf_without", "rest_with", "rest_without"))]
        for direction in results[0] if "-" in direction
    ]  # fmt: skip
    head = ["", "term right, %", "without", "chrF", "without", "chrF of the rest", "without"]
    return f"<p>{figures.show(f'{at}/0/n')} sentences each way with a term in each.</p>" + table(head, rows)


def route(figures: Figures, at: str, results: list[dict[str, Any]]) -> str:
    """Which questions need a large model."""
    result = results[0]
    labels = {"route": "the doubtful first", "length": "the longest first", "chance": "by chance"}
    curves = {label: list(zip(result["shares"], result["quality"][name], strict=True)) for name, label in labels.items()}
    kinds = ", ".join(f"{figures.percent(f'{at}/0/right_by_kind/{kind}', digits=0)} {escape(kind)}" for kind in result["right_by_kind"])
    return (
        f"<p>{figures.show(f'{at}/0/n')} questions that the small model never saw. Alone it answers {figures.percent(f'{at}/0/right_alone')} "
        f"rightly ({kinds}). Which ones it cannot answer is known before its first word: AUROC {figures.show(f'{at}/0/auroc', digits=3)}.</p>"
        + lines(curves, x="share sent to the large model", y="share answered", most_y=1.0)
    )


def overhead(figures: Figures, at: str, results: list[dict[str, Any]]) -> str:
    """What the pipeline costs without its engines."""
    rows = [
        [f"detector: {escape(result['detector'])}", figures.show(f"{at}/{number}/turn_ms/p50", digits=2, unit="ms"),
         figures.show(f"{at}/{number}/turn_ms/p95", digits=2, unit="ms"), figures.show(f"{at}/{number}/idle_percent_of_a_core", digits=2, unit="%")]
        for number, result in enumerate(results)
    ]  # fmt: skip
    return table(["", "processor time of a turn, p50", "p95", "of a core while nobody speaks"], rows)


Section = Callable[[Figures, str, list[dict[str, Any]]], str]

SECTIONS: Mapping[str, tuple[str, Section]] = {
    "latency": ("From the last word to the answer", latency),
    "endpoint": ("When somebody has finished", endpoint),
    "overlap": ("Speaking into a reply", overlap),
    "heard": ("What was heard of a stopped reply", heard),
    "interpret": ("Interpreting", interpret),
    "glossary": ("Terms", glossary),
    "route": ("Small or large", route),
    "overhead": ("What the pipeline itself costs", overhead),
}
"""By bench: its heading, and what is said below it."""
