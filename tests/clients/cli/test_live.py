"""`parley translate --live`: on real engines what a person sees and hears, on scripted ones what goes wrong."""

from __future__ import annotations

import io
import json
import wave
from pathlib import Path

import pytest
from rich.console import Console

from assistant.errors import EngineError
from assistant.events import Event, Partial, Translated, WritingFailed, Written
from clients.bench.room import recording
from clients.cli.captions import Captions
from clients.cli.media import write_wav
from tests.clients.cli.conftest import Parley, Script


def test_a_talk_is_shown_spoken_and_timed(parley: Parley, tmp_path: Path) -> None:
    write_wav(tmp_path / "talk.wav", [recording("translate-1"), recording("translate-2")], 16_000)
    ran = parley("translate", "--live", tmp_path / "talk.wav", "--speak", tmp_path / "out.wav")
    assert ran.status == 0, ran.err
    said, meant = ran.out.splitlines()[:2]
    assert len(said.split()) > 3
    assert len(meant.split()) > 3
    assert "The translation trailed the speaker by" in ran.err
    with wave.open(str(tmp_path / "out.wav")) as sound:
        assert sound.getnframes() / sound.getframerate() > 1
    ran = parley("translate", "--live", tmp_path / "talk.wav", "--json")
    results = [json.loads(line) for line in ran.out.splitlines()]
    assert all(result.keys() == {"text", "language", "translation", "lag_s"} for result in results)
    assert " ".join(result["text"] for result in results).startswith(said)


def test_terms_of_a_glossary_are_kept(parley: Parley, tmp_path: Path) -> None:
    glossary = tmp_path / "words.toml"
    glossary.write_text('[[term]]\nen = "bridge"\nes = "viaducto"\n')
    ran = parley("--set", f"glossary={glossary}", "translate", "We need a bridge.")
    assert ran.status == 0, ran.err
    assert "viaducto" in ran.out


def test_mistakes(parley: Parley, script: Script, tmp_path: Path) -> None:
    ran = parley("translate", "--live", "good morning")
    assert (ran.status, ran.out) == (2, "")
    assert "--live translates speech, and 'good morning' is no sound file" in ran.err
    ran = parley("--set", f"glossary={tmp_path / 'none.toml'}", "translate", "good morning")
    assert ran.status == 2
    assert "There is no glossary" in ran.err
    (tmp_path / "bad.toml").write_text("term = [")
    ran = parley("--set", f"glossary={tmp_path / 'bad.toml'}", "translate", "good morning")
    assert ran.status == 2
    assert "is no TOML" in ran.err
    assert "Traceback" not in ran.err
    ran = parley("translate", "--live", tmp_path / "none.wav")
    assert ran.status == 2
    assert "There is no file" in ran.err


def test_silence_is_nothing(parley: Parley, script: Script, tmp_path: Path) -> None:
    ran = parley("translate", "--live", script.recording(tmp_path / "silent.wav"))
    assert (ran.status, ran.out, ran.err) == (0, "", "")


FACTS: tuple[Event, ...] = (
    Partial(1, "good", "morn"),
    Translated(1, "es", "", "buenos", 0.0),
    Partial(2, "", "how"),
    Written(1, None, "Good [morning].", "en"),  # type: ignore[arg-type]
    Translated(1, "es", "Buenos [días].", "", 0.0, final=True),
    WritingFailed(2, None, "It failed.", "engine_error"),  # type: ignore[arg-type]
    Translated(2, "es", "", "", 0.0, final=True),
)

UNHEARD: tuple[Event, ...] = (
    WritingFailed(1, None, "It failed.", "engine_error"),  # type: ignore[arg-type]
    Written(2, None, "Good evening.", "en"),  # type: ignore[arg-type]
    Translated(2, "es", "Buenas noches.", "", 0.0, final=True),
)
"""The first utterance fails before anything of it is understood: an interpreter does not tell of it."""


@pytest.mark.parametrize("terminal", [True, False])
def test_captions(terminal: bool) -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, color_system=None, width=40, markup=False, highlight=False)
    with Captions(console) as captions:
        for fact in FACTS:
            captions.push(fact)
    if not terminal:
        assert out.getvalue() == "Good [morning].\nBuenos [días].\n"
    assert "Buenos [días]." in out.getvalue()
    assert ("buenos" in out.getvalue()) == terminal


def test_an_utterance_of_which_nothing_is_understood_holds_no_caption_up() -> None:
    out = io.StringIO()
    with Captions(Console(file=out)) as captions:
        for fact in UNHEARD:
            captions.push(fact)
    assert out.getvalue() == "Good evening.\nBuenas noches.\n"


def test_what_was_spoken_is_kept_though_a_part_of_it_could_not_be_interpreted(parley: Parley, script: Script, tmp_path: Path) -> None:
    script.answers = {"morning": [EngineError("The model fails, as it was told.")], "evening": ["Noche."]}
    ran = parley("translate", "--live", script.recording(tmp_path / "talk.wav", "morning", "evening"), "--speak", tmp_path / "out.wav")
    assert ran.status == 2
    assert "The model fails, as it was told." in ran.err
    assert "Noche." in ran.out
    with wave.open(str(tmp_path / "out.wav")) as sound:
        assert sound.getnframes() / sound.getframerate() > 0.1
