"""The bench of overlaps: its sounds, its clock, its sums, and a small run with the starter recognizer."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time

import numpy as np
import pytest

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.engines import Hearing, Recognition
from assistant.events import Judged, ReplyStopped, SpeechStarted, Stamped
from assistant.settings import Settings
from clients.bench.jump import JumpingLoop
from clients.bench.overheard import NOISES, Interjection, interjections
from clients.bench.overlap import Outcome, Timed, bench_overlap, summary


def test_the_same_seed_gives_the_same_sounds_and_each_half_its_own() -> None:
    code = "import sys, zlib; from clients.bench.overheard import interjections; print([zlib.crc32(s.samples) for s in interjections(sys.argv[1], 3, 1)])"
    once, again, other = (
        subprocess.run([sys.executable, "-c", code, half], check=True, capture_output=True, text=True).stdout
        for half in ("report", "report", "tuning")
    )
    assert once == again
    assert once != other


def test_half_of_the_sounds_interrupt_and_each_lies_in_noise() -> None:
    sounds = [*interjections("report", 12, 0)]
    assert sum(sound.interrupts for sound in sounds) == 12
    assert {sound.kind for sound in sounds} == {"command", "sentence", "request", "backchannel", "noise"}
    for sound in sounds:
        assert sound.samples.size / LISTEN_RATE_HZ == pytest.approx(sound.end_s + 1.0)
        before = sound.samples[: round(sound.onset_s * LISTEN_RATE_HZ)]
        inside = sound.samples[round(sound.onset_s * LISTEN_RATE_HZ) : round(sound.end_s * LISTEN_RATE_HZ)]
        assert 0 < np.std(before) < np.std(inside)


@pytest.mark.parametrize("name", NOISES)
def test_every_noise_is_a_sound(name: str) -> None:
    for seed in range(10):
        sound = NOISES[name](np.random.default_rng(seed))
        assert sound.dtype == np.float32
        assert np.isfinite(sound).all()
        assert 0.02 < sound.size / LISTEN_RATE_HZ < 8


class Slow:
    """A recognizer that works on another thread, for a while of its own."""

    hearing = Hearing(window_s=10.0)

    async def recognize(self, samples: Samples, *, language: str, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        def work() -> None:
            until_s = time.process_time() + 0.05
            while time.process_time() < until_s:
                pass

        await asyncio.get_running_loop().run_in_executor(None, work)
        return Recognition("", language)


def test_a_pass_takes_its_processor_time_and_the_clock_does_not_run_ahead_of_it() -> None:
    loop = JumpingLoop()

    async def work() -> float:
        asyncio.get_running_loop().call_later(1000, lambda: None)  # where the clock would go
        await Timed(Slow(), loop).recognize(silence(100), language="en")
        return loop.time()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert 0.05 <= runner.run(work()) < 900


def outcome(kind: str, *, interrupts: bool, stopped_s: float | None) -> Outcome:
    found = Outcome(Interjection(kind, kind, silence(10), 1.0, 1.5, interrupts), 10.0)
    found(Stamped(11.1, SpeechStarted(2, 1.0, 1.1)))
    found(Stamped(11.3, Judged(1, "backchannel")))
    if stopped_s is not None:
        found(Stamped(11.0 + stopped_s, Judged(1, "barge-in")))
        found(Stamped(11.0 + stopped_s, ReplyStopped(1, "")))
    return found


def test_what_is_right_and_how_long_it_took() -> None:
    outcomes = [
        outcome("command", interrupts=True, stopped_s=0.5),
        outcome("command", interrupts=True, stopped_s=None),
        outcome("noise", interrupts=False, stopped_s=None),
        outcome("cough", interrupts=False, stopped_s=0.4),
    ]
    result = summary(outcomes)
    assert (result["stopped"], result["survived"]) == (0.5, 0.5)
    assert result["first_verdict"]["max"] == pytest.approx(0.3)
    assert result["onset_to_stop"]["max"] == pytest.approx(0.5)
    assert result["kinds"]["command"]["wrong"] == {"command": 1}
    assert result["kinds"]["cough"]["wrong"] == {"cough": 1}
    assert result["kinds"]["noise"]["wrong"] == {}


def test_most_is_judged_right(capsys: pytest.CaptureFixture[str]) -> None:
    bench_overlap(Settings(), 12, seed=3, as_json=True)
    result = json.loads(capsys.readouterr().out)
    assert result["n"] == 12
    assert result["voices"] == "report"
    assert result["stopped"] >= 0.75
    assert result["survived"] >= 0.75


def test_tables_say_which_voices_they_are_about(capsys: pytest.CaptureFixture[str]) -> None:
    bench_overlap(Settings(), 2, seed=0, as_json=False)
    printed = " ".join(capsys.readouterr().out.split())
    assert "The times were tuned with one half of the synthetic voices" in printed
    assert "Interruptions that stopped the reply" in printed
