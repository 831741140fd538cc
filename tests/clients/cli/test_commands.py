"""The commands on real engines: what a person types, and what comes out."""

from __future__ import annotations

import io
import json
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from assistant.audio import LISTEN_RATE_HZ, from_pcm16, silence
from clients.bench.room import recording
from clients.cli.media import write_wav
from tests.clients.cli.conftest import Parley

RECORDINGS = Path(__file__).parents[3] / "clients" / "cli" / "recordings"


def sound(path: Path) -> tuple[np.ndarray, int]:
    with wave.open(str(path)) as file:
        return from_pcm16(file.readframes(file.getnframes())), file.getframerate()


def test_ask_a_spoken_question(parley: Parley, tmp_path: Path) -> None:
    ran = parley("ask", RECORDINGS / "seven-times-eight.wav", "--json", "--speak", tmp_path / "out.wav")
    assert ran.status == 0, ran.err
    (result,) = map(json.loads, ran.out.splitlines())
    assert result["text"].lower().strip(" .?") == "what is seven times eight"
    assert result["language"] == "en"
    assert result["tool_calls"] == [{"name": "calculate", "arguments": {"expression": "7 * 8"}, "result": "That's 56."}]
    assert result["reply"] == "That's 56."
    assert {"final", "first_token", "first_phrase", "first_audio"} <= result["timing"].keys()
    samples, rate_hz = sound(tmp_path / "out.wav")
    assert 0.5 < samples.size / rate_hz < 4
    assert np.abs(samples).max() > 0.1


def test_ask_several_in_one_conversation(parley: Parley) -> None:
    ran = parley("ask", "Set a timer for five minutes.", "How much time is left on the timer?")
    assert ran.status == 0
    assert "Timer set for 5 minutes." in ran.out
    assert "left." in ran.out.splitlines()[-1]


def test_ask_says_every_event_with_its_time(parley: Parley) -> None:
    ran = parley("ask", "-v", "What is seven times eight?")
    assert "ReplyDone turn=1" in ran.err
    assert "That's 56." in ran.out


def test_ask_silence(parley: Parley, tmp_path: Path) -> None:
    write_wav(tmp_path / "silence.wav", [silence(LISTEN_RATE_HZ)], LISTEN_RATE_HZ)
    ran = parley("ask", tmp_path / "silence.wav")
    assert ran.status == 0
    assert ran.out == "(nothing was said)\n"


def test_transcribe_in_every_form(parley: Parley) -> None:
    files = (RECORDINGS / "five-minutes.wav", RECORDINGS / "seven-times-eight.wav")
    lines = parley("transcribe", *files).out.splitlines()
    assert [line.lower().strip(" .?") for line in lines] == ["set a timer for five minutes", "what is seven times eight"]
    (result,) = map(json.loads, parley("transcribe", files[0], "--json").out.splitlines())
    assert result["language"] == "en"
    assert result["segments"][0]["text"] == result["text"] == lines[0]
    assert 0 <= result["segments"][0]["start"] < result["segments"][0]["end"] < 4
    assert parley("transcribe", files[0], "--srt").out.startswith("1\n00:00:0")
    assert parley("transcribe", files[0], "--vtt").out.startswith("WEBVTT\n\n00:00:0")


def test_a_dictation_longer_than_the_window_keeps_its_words(parley: Parley, tmp_path: Path) -> None:
    parts = [recording(name) for name in ("seven-times-eight", "five-minutes") * 6]
    write_wav(tmp_path / "long.wav", parts, LISTEN_RATE_HZ)
    text = parley("transcribe", tmp_path / "long.wav").out.lower()
    assert text.count("seven times eight") == 6
    assert text.count("timer for five minutes") == 6


def test_translate_texts_lines_and_speech(parley: Parley, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = parley("translate", "I don't know where he lives.", "--speak", tmp_path / "out.wav")
    assert ran.status == 0
    assert "dónde" in ran.out
    assert sound(tmp_path / "out.wav")[0].size > 10_000
    monkeypatch.setattr(sys, "stdin", io.StringIO("No sé dónde vive.\n\nHola.\n"))
    lines = parley("translate", "-", "--from", "es", "--to", "en").out.splitlines()
    assert len(lines) == 2
    assert "know" in lines[0]
    (result,) = map(json.loads, parley("translate", RECORDINGS / "translate-1.wav", "--json").out.splitlines())
    assert {"text", "language", "translation", "timing"} <= result.keys()
    assert "dónde" in result["translation"]


def test_say(parley: Parley, tmp_path: Path) -> None:
    assert parley("say", "¿Dónde está la estación?", "--lang", "es", "-o", tmp_path / "es.wav").status == 0
    samples, rate_hz = sound(tmp_path / "es.wav")
    assert 0.8 < samples.size / rate_hz < 4


def test_the_demo(parley: Parley, tmp_path: Path) -> None:
    ran = parley("demo", "--out", tmp_path / "demo")
    assert ran.status == 0, ran.err
    for part in (
        "you  What is seven times eight",
        "parley  That's 56.",
        "3 miles is about 4.83 kilometers.",
        "No sé dónde vive.",
        "first audio",
        "conversation.wav",
        "translation.wav",
    ):
        assert part in ran.out
    for name in ("conversation.wav", "translation.wav"):
        samples, rate_hz = sound(tmp_path / "demo" / name)
        assert samples.size / rate_hz > 5
        assert np.sqrt(np.mean(samples**2)) > 0.02


def test_bench_latency_prints_every_part_of_each_variant(parley: Parley) -> None:
    results = list(map(json.loads, parley("bench", "latency", "-n", "2", "--compare", "drafts", "--json").out.splitlines()))
    assert [(result["variant"], result["n"]) for result in results] == [("all", 2), ("no drafts", 2)]
    for result in results:
        for part in (
            "endpoint",
            "final",
            "first_token",
            "first_phrase",
            "first_audio",
            "playing",
            "first_audio_after_endpoint",
            "voice_to_voice",
        ):
            assert 0 <= result["parts"][part]["p50"] <= result["parts"][part]["max"]
    assert "drafted" in results[0]["parts"]
    assert "drafted" not in results[1]["parts"]
    assert results[0]["peak_rss_mb"] > 0


def test_bench_overhead_prints_a_table(parley: Parley) -> None:
    ran = parley("bench", "overhead", "-n", 1)
    assert ran.status == 0, ran.err
    for part in ("processor time of a turn, p95", "share of one core", "bytes kept", "silero", "2 ms", "1 %"):
        assert part in ran.out


def test_bench_endpoint_prints_the_trade_off(parley: Parley) -> None:
    ran = parley("bench", "endpoint", "-n", "4", "--json")
    assert ran.status == 0, ran.err
    result = json.loads(ran.out)
    assert result["n"] == 4
    assert 0 < result["ends"] <= 4
    sources = {"words", "words, marks", "words, P(end)", "words, marks, P(end)"}
    assert set(result["curves"]) == set(result["headline"]) == {"fixed silence", *sources}
    shown = parley("bench", "endpoint", "-n", "4").out
    assert "Endpoint delay in ms" in shown
    assert "of the delay of fixed silence that cuts as many" in shown
