"""The OpenAI Agents SDK for Python, whose session is strict: every event must be one that it knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from server.auth import Doorkeeper
from tests.server.clients.stock import KEY, seen
from tests.server.serving import run, says_56, served

TALK = Path(__file__).parent / "agents" / "talk.py"


def saw(scene: str, tmp_path: Path) -> dict[str, Any]:
    async def work() -> dict[str, Any]:
        async with served(doorkeeper=Doorkeeper(KEY)) as address:
            return await seen(TALK, f"ws://{address}/v1/realtime?model=gpt-realtime", scene, tmp_path)

    found: dict[str, Any] = run(work())
    assert found["errors"] == []
    return found


def test_a_spoken_question_becomes_history(tmp_path: Path) -> None:
    found = saw("voice", tmp_path)
    assert found["audio_bytes"] > 24_000
    user, assistant = found["history"]
    assert (user["of"], assistant["of"]) == ("user", "assistant")
    assert "seven" in user["words"].lower()
    assert says_56(assistant["words"])


def test_a_function_tool_is_run(tmp_path: Path) -> None:
    found = saw("tool", tmp_path)
    assert found["called"] == [5]
    assert "tool_start" in found["types"]
    assert "tool_end" in found["types"]
    assert any(entry["of"] == "set_timer" for entry in found["history"])
    assert found["history"][-1]["words"] == "The timer is set."


def test_a_question_committed_by_hand(tmp_path: Path) -> None:
    found = saw("manual", tmp_path)
    assert says_56(found["history"][-1]["words"])
    assert found["noticed"] == []


def test_a_written_question(tmp_path: Path) -> None:
    found = saw("text", tmp_path)
    assert "144" in found["history"][-1]["words"]
    assert found["audio_bytes"] == 0


def test_a_cancelled_response(tmp_path: Path) -> None:
    found = saw("cancel", tmp_path)
    assert found["ended"] == ["cancelled", "completed"]
    assert "144" in found["history"][-1]["words"]


def test_speech_interrupts_a_reply(tmp_path: Path) -> None:
    found = saw("interruption", tmp_path)
    assert "audio_interrupted" in found["types"]
    [truncated] = found["truncated"]
    _, reply, _, answer = found["history"]
    assert truncated["audio_end_ms"] > 0
    assert reply["words"]
    assert "notes" not in reply["words"], "what was not heard is still there"
    assert says_56(answer["words"])


def test_a_second_session_goes_on_from_the_replayed_history(tmp_path: Path) -> None:
    found = saw("replay", tmp_path)
    assert "144" in found["history"][-1]["words"]
