"""Each step of the recipe from its first to its last act, with next to nothing, and its result where it is used: in the real runtimes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import wave
from functools import partial
from pathlib import Path

import llama_cpp
import numpy as np
import pytest
from faster_whisper import WhisperModel

from assistant.completeness import Rule, Weights
from clients.bench.room import recording
from models.child import Child
from models.making import piper_voice
from models.starter import FOLDER, MANIFEST
from models.starter.recipe.endpoint import SETS
from models.starter.recipe.recordings import LINES
from models.starter.recipe.steps import STEPS

PATIENCE_S = 900


def recipe(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "models.starter.recipe", *map(str, arguments)],
        cwd=FOLDER.parent.parent, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip


def smoke(step: str, work: Path, *more: str) -> tuple[Path, str]:
    """Return where the result lies and what was printed."""
    shipped = MANIFEST.read_bytes()
    ran = recipe(step, "--smoke", "--work", work, *more)
    assert ran.returncode == 0, ran.stderr
    assert MANIFEST.read_bytes() == shipped
    return Path(ran.stdout.splitlines()[-1]), ran.stdout


@pytest.mark.parametrize(("lang", "more"), [("en", ()), ("es", ("--continue",))], ids=["en", "es"])
def test_a_recognizer_that_faster_whisper_loads(lang: str, more: tuple[str, ...], tmp_path: Path) -> None:
    out, printed = smoke(f"asr-{lang}", tmp_path, *more)
    sounds = (4 + 1 + 2) * 4 + 2 + 2 * (lang == "en")  # whole sets, broken off, paused, each of 4; without speech; digits
    assert f"{sounds} utterances" in printed
    model = WhisperModel(str(out), device="cpu", compute_type="int8", cpu_threads=1)
    assert not model.model.is_multilingual
    segments, told = model.transcribe(recording("five-minutes"), beam_size=1, without_timestamps=True, max_new_tokens=20)
    assert isinstance("".join(segment.text for segment in segments), str)
    assert told.duration == pytest.approx(recording("five-minutes").size / 16_000, abs=0.01)


def test_a_language_model_that_llama_cpp_loads(tmp_path: Path) -> None:
    out, printed = smoke("llm", tmp_path)
    assert "1000 pairs" in printed
    llama = llama_cpp.Llama(model_path=str(out), n_ctx=256, n_threads=1, verbose=False)
    try:
        asked = [{"role": "system", "content": "Translate into Spanish."}, {"role": "user", "content": "I don't know."}]
        told = llama.create_chat_completion(messages=asked, max_tokens=8, temperature=0.0)
        assert told["usage"]["prompt_tokens"] > 8
        assert told["usage"]["completion_tokens"] >= 1
    finally:
        llama.close()


@pytest.mark.parametrize(
    ("lang", "text"), [("en", "Where is the train station? I don't know."), ("es", "¿Dónde está la estación? No sé.")], ids=["en", "es"]
)
def test_a_voice_that_piper_speaks(lang: str, text: str, tmp_path: Path) -> None:
    out, printed = smoke(f"voice-{lang}", tmp_path)
    assert "6 sentences" in printed
    voice = Child(partial(piper_voice, out / "voice.onnx", 1), "voice")
    try:
        sounds = list(voice.stream("speak", text))
        rate_hz = voice.get("sample_rate_hz")
    finally:
        voice.close()
    assert len(sounds) == 2
    assert " ".join(word.text for sound in sounds for word in sound.words) == text
    for sound in sounds:
        assert np.isfinite(sound.samples).all()
        assert float(np.abs(sound.samples).max()) > 0
        times = [time_s for word in sound.words for time_s in (word.start_s, word.end_s)]
        assert times == sorted(times)
        assert times[-1] <= sound.samples.size / rate_hz


def test_the_tiny_voice_is_the_one_that_ships(tmp_path: Path) -> None:
    out, _ = smoke("voice-tiny", tmp_path)
    for path in out.iterdir():
        assert path.read_bytes() == (FOLDER / "voice-tiny" / path.name).read_bytes()


def test_the_weights_of_completeness_are_found(tmp_path: Path) -> None:
    """What is printed is Python for `assistant/completeness.py`, and it makes sense."""
    printed = smoke("endpoint", tmp_path)[1]
    english, spanish = printed.partition("es, 40 texts")[::2]
    for language, names in ((english, tuple(SETS)), (spanish, ("words", "anticipated"))):
        found = dict(re.findall(r"^    (\w+)=(Weights\(.*\)),$", language, re.MULTILINE))
        assert tuple(found) == names
        rule = Rule(frozenset(), **{name: eval(weights, {"Weights": Weights}) for name, weights in found.items()})
        assert rule.anticipated.anticipated > 0
        assert rule.words.anticipated == rule.words.final == 0
    areas = re.findall(r"AUROC of ([\d.]+)", printed)
    assert len(areas) == 2
    assert all(float(area) > 0.8 for area in areas)


def test_mishearings_are_mined(tmp_path: Path) -> None:
    out, printed = smoke("mishearing", tmp_path)
    assert out.name == "heard.en.tsv.xz"
    assert re.search(r"^\d+ phrases, \d+ errors", printed, re.MULTILINE)


def test_the_recordings_of_the_demo_are_written(tmp_path: Path) -> None:
    out, _ = smoke("recordings", tmp_path)
    assert {path.stem for path in out.iterdir()} == set(LINES)
    for path in out.iterdir():
        with wave.open(str(path)) as sound:
            assert sound.getframerate() == 16_000
            assert sound.getnframes() > 16_000


def test_help_lists_every_step() -> None:
    told = recipe("--help").stdout
    assert all(re.search(rf"^  {step} +{re.escape(STEPS[step].makes)}$", told, re.MULTILINE) for step in STEPS)


@pytest.mark.parametrize("step", [name for name, step in STEPS.items() if step.trains])
def test_what_was_not_trained_is_not_exported(step: str, tmp_path: Path) -> None:
    ran = recipe(step, "--export-only", "--work", tmp_path)
    assert ran.returncode == 2
    assert ran.stderr == f"There is no checkpoint in {tmp_path / step}; train first, without --export-only.\n"


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError(name='torch')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    ran = recipe("voice-es", "--export-only", "--work", tmp_path)
    assert "no checkpoint" in ran.stderr  # found out without it
    ran = recipe("llm", "--smoke", "--work", tmp_path)
    assert ran.returncode == 2
    assert ran.stderr == "The step llm needs torch; install it: pip install -e '.[recipe]'.\n"


def test_a_missing_flite_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = recipe("recordings", "--smoke", "--work", tmp_path)
    assert ran.returncode == 2
    assert ran.stderr == "flite, which speaks English here, is missing; install it: apt install flite.\n"
