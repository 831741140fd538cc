"""A recommendation as a terminal shows it: the table, the plot in characters, and the sentences around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from models.advice.candidates import Adapts
from models.advice.kept import QUIET
from models.advice.money import READ_TOKENS, TURNS, WRITTEN_TOKENS
from models.advice.probe import Speeds
from models.advice.profiles import Limits, Profile, Rated, letters

PLOT_WIDTH, PLOT_HEIGHT = 60, 10

VOICES = ("here", "medium", "high")

ADAPTS = {Adapts.PROMPT: "prompt", Adapts.TERMS: "terms", Adapts.WEIGHTS: "weights", Adapts.RECIPE: "recipe"}

EXPLAINED = (
    "quality: words heard rightly, in the worst of the languages, times the mean of IFEval and MMLU-Pro, in percent, as published of the whole "
    "models by different people: a rough order. after: predicted median from your last word to the answer's first sound. "
    "adapts: recipe, all can be trained anew; weights, they can be trained on (terms: under a licence to be accepted). tools: its calls are read."
)


def machine(console: Console, fingerprint: str, speeds: Speeds, kept: str | None) -> None:
    """Say what was measured."""
    when = f"measured {kept}, --again measures anew" if kept else f"measured in {speeds.took_s:.0f} s"
    console.print(
        f"{fingerprint}; {when}: memory {speeds.copy_bytes_s / 1e9:.0f} GB/s and int8 {speeds.int8_macs_s / 1e9:.0f} billion multiplications a second, "
        f"a core; a language model of 1 GB {1 / (1e9 * speeds.writing['Q4_K_M'].byte_s):.1f} tokens a second on {speeds.threads} "
        f"{'thread' if speeds.threads == 1 else 'threads'}.",
        soft_wrap=True,
    )
    if speeds.busy > QUIET:
        console.print(
            f"Others took {speeds.busy:.0%} of the processor meanwhile: what follows is for a quieter machine, and not kept.",
            soft_wrap=True,
        )


def table(console: Console, rows: Sequence[Rated], chosen: Rated, limits: Limits) -> None:
    """Print one line a profile."""
    shown = Table("", "recognizer", "language model", "voice", "quality", "GB", "after s", "adapts", "tools", box=None, pad_edge=False)
    for column in shown.columns:
        column.no_wrap = True
    for column in shown.columns[4:7]:
        column.justify = "right"
    for letter, each in zip(letters(len(rows)), rows, strict=True):
        profile, late = each.profile, each.slowness_s > limits.deadline_s
        quality = "not publ." if profile.quality is None else f"{profile.quality:.1f}"
        after = "never" if each.voice_to_voice_s is None else f"{each.voice_to_voice_s:.2f}{'!' if late else ''}"
        memory = f"{profile.memory_bytes / 1e9:.2f}{'!' if profile.memory_bytes > limits.memory_bytes else ''}"
        shown.add_row(
            f"{letter}{'*' if each is chosen else ''}", profile.listening.name.removeprefix("whisper-"), profile.answering.name,
            VOICES[profile.speaking.quality], quality, memory, after, ADAPTS[profile.answering.adapts], "yes" if profile.answering.tools else "no",
        )  # fmt: skip
    console.print(shown)
    console.print(f"* recommended; ! more than the {limits.memory_bytes / 1e9:.3g} GB or {limits.deadline_s:g} s allowed.", soft_wrap=True)


def plot(console: Console, rows: Sequence[Rated], limits: Limits) -> None:
    """Print quality against time; at the bottom is what has no published quality."""
    placed = [
        (letter, each.voice_to_voice_s, each.profile.quality)
        for letter, each in zip(letters(len(rows)), rows, strict=True)
        if each.voice_to_voice_s is not None
    ]
    if not placed:
        return
    most_s = max([limits.deadline_s, *(at_s for _, at_s, _ in placed)]) * 1.02
    best = max([quality for _, _, quality in placed if quality is not None] or [1.0])
    cells = [[" "] * PLOT_WIDTH for _ in range(PLOT_HEIGHT + 1)]
    limit = min(PLOT_WIDTH - 1, int(PLOT_WIDTH * limits.deadline_s / most_s))
    for row in cells:
        row[limit] = ":"
    for letter, at_s, quality in placed:
        line = cells[PLOT_HEIGHT if quality is None else round((PLOT_HEIGHT - 1) * (1 - quality / best))]
        column = next((c for c in range(int(PLOT_WIDTH * at_s / most_s), PLOT_WIDTH) if line[c] in " :"), PLOT_WIDTH - 1)
        line[column] = letter[-1]
    for number, row in enumerate(cells):
        label = f"{best * (1 - number / (PLOT_HEIGHT - 1)):.0f}" if number in (0, PLOT_HEIGHT // 2, PLOT_HEIGHT - 1) else ""
        console.print(f"{'none' if number == PLOT_HEIGHT else label:>7} |{''.join(row).rstrip()}")
    console.print(f"{'quality':>7} +{'-' * PLOT_WIDTH}")
    console.print(f"{'':>9}0{f'{most_s:.1f} s':>{PLOT_WIDTH - 1}}   : {limits.deadline_s:g} s")


def cited(profile: Profile) -> list[str]:
    """Return the published figures of a profile, each with its source."""
    told = [
        f"{profile.listening.name}: {each.measure} {each.value:g} % in {language} ({each.source})"
        for language, each in profile.listening.wrong.items() if language in profile.languages
    ]  # fmt: skip
    told += [f"{profile.answering.name}: {each.measure} {each.value:g} ({each.source})" for each in profile.answering.published]
    return told or [
        "Of none of its parts has anybody published what is compared here; README tells what we measured of the starter models."
    ]


def money(hourly: Sequence[tuple[str, float]], as_of: str) -> str:
    """Return what an hour of talk costs, in a sentence."""
    shown = [*hourly[:3], hourly[-1]] if len(hourly) > 4 else hourly
    rest = f", and {len(hourly) - len(shown)} between" if len(hourly) > len(shown) else ""
    return (
        f"An hour of talk ({TURNS} answers, {READ_TOKENS} tokens read and {WRITTEN_TOKENS} written for each): here nothing but energy, which is not "
        f"measured; with a hosted language model {', '.join(f'{name} ${usd:.4f}' for name, usd in shown)}{rest} (prices of {as_of}; "
        "hearing and speaking stay here; quality and time not known)."
    )


def left_out(needs: Mapping[str, str]) -> str | None:
    """Say what was not looked at, and what would change that."""
    if not needs:
        return None
    flags = sorted({flag for each in needs.values() for flag in each.split()})
    return f"Left out: {len(needs)} models that need a word of yours first ({', '.join(flags)})."
