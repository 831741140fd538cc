"""The official SDKs for JavaScript. They dial wss only, so the server has a certificate that Node is told to trust."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from server.auth import Doorkeeper
from tests.server.clients.stock import KEY, seen
from tests.server.serving import certified, run, says_56, served

FOLDER = Path(__file__).parent / "js"


def saw(program: str, url: str, scene: str, folder: Path, **environment: str) -> dict[str, Any]:
    async def work() -> dict[str, Any]:
        address = certified(folder)
        async with served(address=address, doorkeeper=Doorkeeper(KEY)) as place:
            return await seen(
                FOLDER / program, url.format(place.replace("127.0.0.1", "localhost")), scene, folder,
                NODE_EXTRA_CA_CERTS=str(address.certificate), **environment,
            )  # fmt: skip

    found: dict[str, Any] = run(work())
    assert found["errors"] == []
    return found


def openai(scene: str, folder: Path) -> dict[str, Any]:
    return saw("openai.mjs", "https://{}/v1", scene, folder)


def agents(scene: str, folder: Path, **environment: str) -> dict[str, Any]:
    return saw("agents.mjs", "wss://{}/v1/realtime?model=gpt-realtime", scene, folder, **environment)


def test_openai_a_spoken_question(tmp_path: Path) -> None:
    found = openai("voice", tmp_path)
    assert "seven" in found["heard"].lower()
    assert says_56(found["said"])
    assert found["audio_bytes"] > 24_000


def test_openai_a_written_question(tmp_path: Path) -> None:
    found = openai("text", tmp_path)
    assert "144" in found["said"]
    assert "response.output_audio.delta" not in found["types"]


def test_openai_a_tool_of_the_caller(tmp_path: Path) -> None:
    found = openai("tool", tmp_path)
    assert (found["name"], found["arguments"]) == ("set_timer", {"minutes": 5})
    assert found["said"] == "The timer is set."


def test_openai_a_cancelled_response(tmp_path: Path) -> None:
    found = openai("cancel", tmp_path)
    assert found["cancelled"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert found["next"] == "completed"


def test_openai_a_question_committed_by_hand(tmp_path: Path) -> None:
    found = openai("manual", tmp_path)
    assert says_56(found["said"])
    assert found["noticed"] == 0


def test_openai_a_barge_in_with_truncation(tmp_path: Path) -> None:
    found = openai("interruption", tmp_path)
    assert 0 < len(found["kept"]) < 40
    assert says_56(found["said"])


def test_openai_a_transcription_session(tmp_path: Path) -> None:
    found = openai("transcription", tmp_path)
    assert "seven" in found["heard"].lower()
    assert not [kind for kind in found["types"] if kind.startswith("response.")]


def test_openai_a_translation_session(tmp_path: Path) -> None:
    found = openai("translation", tmp_path)
    assert "seven" in found["heard"].lower()
    assert "siete" in found["said"].lower()
    assert found["audio_bytes"] > 24_000


@pytest.mark.parametrize("scene", ["reconnect", "resume"])
def test_openai_dials_again_and_has_the_history(tmp_path: Path, scene: str) -> None:
    found = openai(scene, tmp_path)
    assert "144" in found["first"]
    assert "144" in found["said"]


@pytest.mark.parametrize("options", ["", "--conditions=browser"], ids=["node", "browser"])
def test_agents_a_spoken_question_becomes_history(tmp_path: Path, options: str) -> None:
    """In a browser the SDK shows its key as a subprotocol, for want of headers."""
    found = agents("voice", tmp_path, NODE_OPTIONS=options)
    user, assistant = found["history"]
    assert "seven" in user["words"].lower()
    assert says_56(assistant["words"])
    assert found["audio_bytes"] > 24_000


def test_agents_a_function_tool_is_run(tmp_path: Path) -> None:
    found = agents("tool", tmp_path)
    assert found["called"] == [5]
    assert "tool" in found["seen"]
    assert found["history"][-1]["words"] == "The timer is set."


def test_agents_a_question_committed_by_hand(tmp_path: Path) -> None:
    found = agents("manual", tmp_path)
    assert says_56(found["history"][-1]["words"])
    assert "input_audio_buffer.speech_started" not in found["seen"]


def test_agents_a_written_question(tmp_path: Path) -> None:
    found = agents("text", tmp_path)
    assert "144" in found["history"][-1]["words"]
    assert found["audio_bytes"] == 0


def test_agents_a_cancelled_response(tmp_path: Path) -> None:
    found = agents("cancel", tmp_path)
    assert found["ended"] == ["cancelled", "completed"]
    assert "144" in found["history"][-1]["words"]


def test_agents_speech_interrupts_a_reply(tmp_path: Path) -> None:
    found = agents("interruption", tmp_path)
    assert "interrupted" in found["seen"]
    assert found["audio_end_ms"] > 0
    assert found["kept"]
    assert "notes" not in found["kept"], "what was not heard is still there"
    assert says_56(found["history"][-1]["words"])


def test_agents_a_second_session_goes_on_from_the_replayed_history(tmp_path: Path) -> None:
    found = agents("replay", tmp_path)
    assert [each["of"] for each in found["history"]] == ["user", "assistant", "user", "assistant"]
    assert "144" in found["history"][-1]["words"]
