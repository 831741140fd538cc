"""`parley ask` on scripted engines: what it prints, what becomes of a failure, and what it says about timers."""

from __future__ import annotations

import io
import json
import sys
import wave
from pathlib import Path

import pytest

from assistant.engines import Recognition, ToolCall
from assistant.errors import EngineError
from tests.clients.cli.conftest import Parley, Script


def seconds(path: Path) -> float:
    with wave.open(str(path)) as sound:
        return sound.getnframes() / sound.getframerate()


def test_one_object_a_question(parley: Parley, script: Script, tmp_path: Path) -> None:
    script.answers["two and two"] = [ToolCall("calculate", {"expression": "2 + 2"})]
    script.recording(tmp_path / "sum.wav", "two", "and", "two")
    ran = parley("ask", tmp_path / "sum.wav", "hello", "--json")
    assert ran.status == 0
    spoken, written = map(json.loads, ran.out.splitlines())
    assert (spoken["text"], spoken["language"], spoken["reply"]) == ("two and two", "en", "That's 4.")
    assert spoken["tool_calls"] == [{"name": "calculate", "arguments": {"expression": "2 + 2"}, "result": "That's 4."}]
    assert (written["text"], written["reply"], written["tool_calls"]) == ("hello", "Yes.", [])
    for result in (spoken, written):
        points = [result["timing"][point] for point in ("final", "first_token", "first_phrase", "first_audio")]
        assert points == sorted(points)
        assert points[1] - points[0] >= 0.09  # the scripted model's first token
    assert spoken["timing"]["final"] >= 0.14  # three windows of 50 ms: counted from the first byte of the file


def test_nothing_was_said(parley: Parley, script: Script, tmp_path: Path) -> None:
    silent = script.recording(tmp_path / "silent.wav")
    assert parley("ask", silent).out == "(nothing was said)\n"
    (result,) = map(json.loads, parley("ask", silent, "--json").out.splitlines())
    assert result == {"text": "", "language": "en", "reply": "", "tool_calls": [], "timing": {}}


def test_a_failure_does_not_end_the_rest(parley: Parley, script: Script, tmp_path: Path) -> None:
    script.answers |= {"one": ["One."], "two": ["Tw", EngineError("The model is tired; let it rest.")], "three": ["Three."]}  # type: ignore[list-item]
    ran = parley("ask", "one", "two", "three", "--speak", tmp_path / "out.wav")
    assert ran.status == 2
    assert ran.err == "parley: question 2: The model is tired; let it rest.\n"
    assert [line.split() for line in ran.out.splitlines()] == [["you", "one"], ["parley", "One."], ["you", "two"], ["you", "three"], ["parley", "Three."]]  # fmt: skip
    assert seconds(tmp_path / "out.wav") == pytest.approx(0.05 * len("One.Three."))


def test_a_file_that_cannot_be_recognised_is_named(parley: Parley, script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def recognize(*_: object, **__: object) -> Recognition:
        raise EngineError("The recognizer is tired; let it rest.")

    monkeypatch.setattr("models.scripted.ScriptedRecognizer.recognize", recognize)
    sound = script.recording(tmp_path / "sound.wav", "hello")
    ran = parley("ask", sound, "hello", "--json")
    assert ran.status == 2
    assert ran.err.startswith(f"parley: {sound}: The recognizer is tired")
    assert [json.loads(line)["reply"] for line in ran.out.splitlines()] == ["Yes."]


def test_a_timer_ends_with_the_command(parley: Parley, script: Script) -> None:
    script.answers["tea"] = [ToolCall("set_timer", {"minutes": 5})]
    ran = parley("ask", "tea")
    assert ran.status == 0
    assert ran.err.startswith("parley: The timer or alarm for ")
    assert ran.err.endswith("ends with this command; parley talk keeps it.\n")
    assert parley("ask", "hello").err == ""


def test_every_event_with_its_time(parley: Parley, script: Script, tmp_path: Path) -> None:
    ran = parley("ask", "-v", script.recording(tmp_path / "sound.wav", "hello"))
    first, *facts = ran.err.splitlines()
    assert first.endswith(" s: 'hello'")
    assert any("ReplyDone turn=1 text='Yes.'" in fact for fact in facts)
    assert "first audio" in facts[-2]


def test_lines_of_standard_input(parley: Parley, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\n\ntwo\n"))
    assert [json.loads(line)["text"] for line in parley("ask", "-", "--json").out.splitlines()] == ["one", "two"]
