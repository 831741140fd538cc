"""`parley bench heard` with the starter models: what it prints, and how far off the words are."""

from __future__ import annotations

import json

from assistant.engines import Word
from assistant.heard import Playback
from clients.bench.heard import Reply
from models.starter import FOLDER
from tests.clients.cli.conftest import Parley
from tests.clients.cli.conftest import parley as parley


def test_words_off_counts_both_ways() -> None:
    playback = Playback()
    playback.begin("One two three")
    playback.push(3.0, [Word("One", 0.0, 1.0), Word("two", 1.0, 2.0), Word("three", 2.0, 3.0)])
    reply = Reply(playback, (Word("one", 0.0, 0.2), Word("two", 0.2, 0.4), Word("three", 1.0, 4.6)))
    assert [reply.off(played_s) for played_s in (0.0, 0.2, 0.4, 1.6, 2.6, 2.9)] == [0, -1, -2, 0, 1, 0]


def test_the_words_are_those_that_the_recognizer_hears(parley: Parley) -> None:
    ran = parley("bench", "heard", "-n", "20", "--seed", "3", "--json")
    assert ran.status == 0, ran.err
    result = json.loads(ran.out)
    assert (result["n"], result["seed"], result["voice"]) == (20, 3, "voice-en")
    assert result["spoken"] >= 20
    assert result["words_off"]["0"] >= 75
    assert result["words_off"]["at_most_1"] >= 95


def test_it_says_the_same_in_words_and_the_same_each_time(parley: Parley) -> None:
    first, second = (parley("bench", "heard", "-n", "3").out for _ in range(2))
    assert first == second
    assert first.startswith("3 stops at random, seed 0; voice-en;")
    assert "exact words" in first


def test_a_voice_that_nobody_understands_cannot_be_measured(parley: Parley) -> None:
    ran = parley("--set", f"models.voices.en={FOLDER / 'voice-tiny' / 'tiny.onnx'}", "bench", "heard", "-n", "1")
    assert (ran.status, ran.out) == (2, "")
    assert "Only 0 of 20 sentences were written down right" in ran.err
