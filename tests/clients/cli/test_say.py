"""`parley say` with the real voice: a file that grows with the text, and what `-v` tells."""

from __future__ import annotations

import io
import sys
import wave
from pathlib import Path

import pytest

from tests.clients.cli.conftest import Parley


def test_each_phrase_with_its_time_and_length(parley: Parley, tmp_path: Path) -> None:
    ran = parley("say", "-v", "Hello. How are you?", "-o", tmp_path / "out.wav")
    assert ran.status == 0, ran.err
    facts = [line.split(maxsplit=1)[1] for line in ran.err.splitlines()]
    assert [fact for fact in facts if fact.startswith("ReplyPhrase")] == ["ReplyPhrase turn=1 text='Hello.'", "ReplyPhrase turn=1 text='How are you?'"]  # fmt: skip
    lengths = [float(fact.split()[2]) for fact in facts if fact.startswith("ReplyAudio")]
    with wave.open(str(tmp_path / "out.wav")) as sound:
        assert sound.getnframes() / sound.getframerate() == pytest.approx(sum(lengths), abs=0.01 * len(lengths))


def test_a_chapter_on_standard_input(parley: Parley, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("He did not say a word.\n" * 200))
    assert parley("say", "-", "-o", tmp_path / "out.wav").status == 0
    with wave.open(str(tmp_path / "out.wav")) as sound:
        assert sound.getnframes() / sound.getframerate() > 200
