"""`parley bench overlap`: interruptions, backchannels and noises heard while a reply is spoken: what stops it, and how soon."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from rich.console import Console
from rich.table import Table

from assistant.audio import CHUNK_S, Rechunker, Samples
from assistant.engines import Engines, Hearing, Recognition, Recognizer
from assistant.events import Judged, ReplyStopped, SpeechStarted, Stamped
from assistant.respond import Chat
from assistant.session import Session
from assistant.settings import Settings
from assistant.tools import Toolbox
from clients.bench.jump import JumpingLoop
from clients.bench.machine import fingerprint
from clients.bench.overheard import Half, Interjection, interjections
from clients.bench.percentiles import percentiles
from clients.cli.running import print_json
from clients.cli.stderr import counted
from models.load import load_recognizer
from models.scripted import ScriptedModel, ScriptedVoice
from models.silero import SileroDetector

REPLY = "This is a reply that goes on for longer than anybody in this benchmark speaks into it. " * 5

UNDER_WAY_S = 0.2
"""After so long a scripted reply sounds."""

TARGETS = {"stopped": 0.98, "survived": 0.95}


@dataclass(frozen=True)
class Timed:
    """A recognizer whose passes take their processor time on the clock of a loop that does not wait: another program's load does not count."""

    recognizer: Recognizer
    loop: JumpingLoop

    @property
    def hearing(self) -> Hearing:
        """What one must know of the recognizer."""
        return self.recognizer.hearing

    async def recognize(self, samples: Samples, *, language: str, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        """Return what the recognizer finds, after the time that it took."""
        with self.loop.at_work():
            began_s = time.process_time()
            found = await self.recognizer.recognize(samples, language=language, known=known, times=times, expected=expected)
            took_s = time.process_time() - began_s
        await asyncio.sleep(took_s)
        return found


@dataclass
class Outcome:
    """What became of a reply into which something was heard; an observer. Delays count in seconds from the onset of the sound."""

    heard: Interjection
    began_s: float
    """The loop's time at which `heard` began."""
    taken_for_speech: bool = False
    verdict_s: float | None = None
    """The first verdict."""
    stopped_s: float | None = None
    acting_ms: float = 0.0
    """Computing time from the verdict to the stop."""
    _judged: float = field(default=0.0, repr=False)

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        after_s = stamped.at_s - self.began_s - self.heard.onset_s
        match stamped.event:
            case SpeechStarted():
                self.taken_for_speech = True
            case Judged():
                self._judged = time.perf_counter()
                if self.verdict_s is None:
                    self.verdict_s = after_s
            case ReplyStopped():
                self.stopped_s = after_s
                self.acting_ms = (time.perf_counter() - self._judged) * 1000

    @property
    def right(self) -> bool:
        """Whether the reply was stopped by what should stop it, and by nothing else."""
        return (self.stopped_s is not None) == self.heard.interrupts


def bench_overlap(settings: Settings, n: int, *, seed: int, as_json: bool, half: Half = "report") -> None:
    """Let `n` interruptions and as many other sounds be heard, each while a reply is spoken, and print what became of it."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        outcomes = runner.run(_hear_all(settings, n, seed, half))
    result = summary(outcomes) | {"n": n, "seed": seed, "voices": half, "machine": fingerprint()}
    if as_json:
        print_json(result)
    else:
        _show(result)


async def _hear_all(settings: Settings, n: int, seed: int, half: Half) -> list[Outcome]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    recognizer, close = await load_recognizer("en", settings.models)
    engines = Engines(
        SileroDetector, {"en": Timed(recognizer, loop)}, ScriptedModel(lambda _: [REPLY], first_s=0.0), {"en": ScriptedVoice()}
    )
    try:
        outcomes = []
        with counted("Speaking into replies", 2 * n) as done:
            for sound in interjections(half, n, seed):
                outcomes.append(await _hear(sound, engines))
                done()
        return outcomes
    finally:
        await close()


async def _hear(sound: Interjection, engines: Engines) -> Outcome:
    """Begin a reply, let the sound be heard chunk by chunk, and see."""
    loop = asyncio.get_running_loop()
    chat = Chat(engines.language_model, Toolbox())
    outcome = Outcome(sound, 0.0)
    async with Session(engines, chat, [outcome]) as session:
        session.send("Tell me.")
        await asyncio.sleep(UNDER_WAY_S)
        session.playback_started()
        outcome.began_s = loop.time()
        for number, chunk in enumerate(Rechunker().push(sound.samples), 1):
            await asyncio.sleep(outcome.began_s + number * CHUNK_S - loop.time())
            session.hear(chunk)
            if outcome.stopped_s is not None:
                break
    return outcome


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the shares, the delays in seconds, and what went wrong, by kind."""
    real = [outcome for outcome in outcomes if outcome.heard.interrupts]
    others = [outcome for outcome in outcomes if not outcome.heard.interrupts]
    kinds = dict.fromkeys(outcome.heard.kind for outcome in outcomes)
    return {
        "stopped": _share(real),
        "stopped_within": _margin(real),
        "survived": _share(others),
        "survived_within": _margin(others),
        "kinds": {kind: _of_kind([o for o in outcomes if o.heard.kind == kind]) for kind in kinds},
        "first_verdict": percentiles(o.verdict_s for o in outcomes if o.verdict_s is not None),
        "onset_to_stop": percentiles(o.stopped_s for o in real if o.stopped_s is not None),
        "verdict_to_stop_ms": percentiles(o.acting_ms for o in outcomes if o.stopped_s is not None),
    }


def _of_kind(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    wrong = Counter(outcome.heard.text for outcome in outcomes if not outcome.right)
    return {
        "n": len(outcomes),
        "right": _share(outcomes),
        "taken_for_speech": sum(outcome.taken_for_speech for outcome in outcomes),
        "onset_to_stop": percentiles(o.stopped_s for o in outcomes if o.stopped_s is not None),
        "wrong": dict(wrong.most_common()),
    }


_VOICES: dict[Half, str] = {
    "tuning": "These are the voices with which the rules were tuned.",
    "report": "The times were tuned with one half of the synthetic voices; these are the other half, whose mistakes a few words were added after.",
}


def _share(outcomes: Sequence[Outcome]) -> float:
    return round(sum(outcome.right for outcome in outcomes) / max(1, len(outcomes)), 4)


def _margin(outcomes: Sequence[Outcome]) -> float:
    """Return half the width of the share's 95 % interval, by the normal approximation: what so few cases cannot tell apart."""
    share = _share(outcomes)
    return round(1.96 * sqrt(share * (1 - share) / max(1, len(outcomes))), 4)


def _show(result: dict[str, Any]) -> None:
    console = Console(emoji=False, highlight=False)
    console.print(
        f"{result['n']} interruptions and {result['n']} other sounds into replies, seed {result['seed']}; {result['machine']}",
        _VOICES[result["voices"]],
        sep="\n", soft_wrap=True,
    )  # fmt: skip
    table = Table("kind", "should", "n", "right", "taken for speech", "stopped after, ms: p50", "p95")
    for column in table.columns[2:]:
        column.justify = "right"
    for kind, found in result["kinds"].items():
        after = [f"{found['onset_to_stop'][name] * 1000:.0f}" if found["onset_to_stop"] else "" for name in ("p50", "p95")]
        should = "go on" if kind in ("backchannel", "noise") else "stop"
        table.add_row(kind, should, str(found["n"]), f"{found['right']:.1%}", str(found["taken_for_speech"]), *after)
    console.print(table)
    for name, meaning in (("stopped", "Interruptions that stopped the reply"), ("survived", "Backchannels and noises that did not")):
        console.print(f"{meaning}: {result[name]:.1%} ± {result[f'{name}_within'] * 100:.1f} (target: at least {TARGETS[name]:.0%})")
    first, stop, acting = result["first_verdict"], result["onset_to_stop"], result["verdict_to_stop_ms"]
    if first:
        console.print(f"Onset to the first verdict: p50 {first['p50'] * 1000:.0f} ms, p95 {first['p95'] * 1000:.0f} ms")
    if stop:
        console.print(f"Onset to the stop: p50 {stop['p50'] * 1000:.0f} ms, p95 {stop['p95'] * 1000:.0f} ms")
        console.print(f"Verdict to the stop: p50 {acting['p50']:.2f} ms, p95 {acting['p95']:.2f} ms, max {acting['max']:.2f} ms")
    wrong = [f"{text} ({kind}, {count})" for kind, found in result["kinds"].items() for text, count in found["wrong"].items()]
    console.print(f"Wrong: {'; '.join(wrong) or 'nothing'}", soft_wrap=True)
