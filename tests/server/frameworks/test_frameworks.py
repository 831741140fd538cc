"""pipecat and LiveKit Agents, which people build voice applications with. `make test-clients` runs these: they install 900 MB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from server.auth import Doorkeeper
from tests.server.clients.stock import KEY, seen
from tests.server.serving import run, says_56, served

HERE = Path(__file__).parent


def saw(framework: str, url: str, scene: str, folder: Path) -> dict[str, Any]:
    async def work() -> dict[str, Any]:
        async with served(doorkeeper=Doorkeeper(KEY)) as address:
            return await seen(HERE / framework / "talk.py", url.format(address), scene, folder)

    found: dict[str, Any] = run(work())
    assert found["errors"] == []
    return found


def pipecat(scene: str, folder: Path) -> dict[str, Any]:
    return saw("pipecat", "ws://{}/v1/realtime", scene, folder)


def livekit(scene: str, folder: Path, path: str = "/v1") -> dict[str, Any]:
    return saw("livekit", "http://{}" + path, scene, folder)


def test_pipecat_a_spoken_question(tmp_path: Path) -> None:
    found = pipecat("voice", tmp_path)
    greeting, question, answer = found["turns"]
    assert [greeting["of"], question["of"], answer["of"]] == ["assistant", "user", "assistant"]
    assert "seven" in question["words"].lower()
    assert says_56(answer["words"])
    assert found["audio_bytes"] > 48_000


def test_pipecat_a_question_committed_by_hand(tmp_path: Path) -> None:
    found = pipecat("manual", tmp_path)
    assert "seven" in found["turns"][1]["words"].lower()
    assert says_56(found["turns"][2]["words"])


def test_pipecat_a_written_question(tmp_path: Path) -> None:
    found = pipecat("text", tmp_path)
    assert "144" in found["turns"][0]["words"]
    assert found["audio_bytes"] == 0


def test_pipecat_a_function_is_run(tmp_path: Path) -> None:
    found = pipecat("tool", tmp_path)
    assert found["called"] == [5]
    assert found["turns"][-1]["words"] == "The timer is set."


@pytest.mark.parametrize("scene", ["interruption", "cancel"])
def test_pipecat_a_barge_in_truncates_the_reply(tmp_path: Path, scene: str) -> None:
    found = pipecat(scene, tmp_path)
    reply, _, answer = found["turns"]
    assert says_56(answer["words"])
    assert len(found["kept"]) < len(reply["words"])
    assert reply["words"].startswith(found["kept"].rstrip("…. "))


def test_pipecat_speech_is_only_written_down(tmp_path: Path) -> None:
    assert "seven" in " ".join(pipecat("transcription", tmp_path)["heard"]).lower()


def test_pipecat_an_earlier_conversation_is_handed_over(tmp_path: Path) -> None:
    found = pipecat("packed", tmp_path)
    assert "That's 144." in found["brought"]
    assert found["turns"][-1]["words"]


def test_pipecat_the_history_is_replayed(tmp_path: Path) -> None:
    assert "144" in pipecat("replay", tmp_path)["turns"][-1]["words"]


@pytest.mark.parametrize("path", ["/v1", ""])
def test_livekit_a_spoken_question(tmp_path: Path, path: str) -> None:
    found = livekit("voice", tmp_path, path)
    question, answer = found["messages"]
    assert "seven" in question["words"].lower()
    assert says_56(answer["words"])
    assert found["audio_s"] > 0.5


def test_livekit_a_question_committed_by_hand(tmp_path: Path) -> None:
    question, answer = livekit("manual", tmp_path)["messages"]
    assert "seven" in question["words"].lower()
    assert says_56(answer["words"])


def test_livekit_a_written_question(tmp_path: Path) -> None:
    found = livekit("text", tmp_path)
    assert "144" in found["messages"][-1]["words"]
    assert found["audio_s"] == 0


def test_livekit_a_function_is_run(tmp_path: Path) -> None:
    found = livekit("tool", tmp_path)
    assert found["called"] == [5]
    assert found["messages"][-1]["words"] == "The timer is set."


@pytest.mark.parametrize(("scene", "says"), [("interruption", "56"), ("cancel", "144")])
def test_livekit_a_reply_is_stopped_and_truncated(tmp_path: Path, scene: str, says: str) -> None:
    found = livekit(scene, tmp_path)
    _, reply, _, answer = found["messages"]
    assert reply["interrupted"]
    assert len(found["kept"]) < len(reply["words"])
    assert says in answer["words"]


def test_livekit_speech_is_only_written_down(tmp_path: Path) -> None:
    assert "seven" in livekit("transcription", tmp_path)["heard"].lower()


@pytest.mark.parametrize("scene", ["replay", "reconnect"])
def test_livekit_the_history_is_replayed(tmp_path: Path, scene: str) -> None:
    assert "144" in livekit(scene, tmp_path)["messages"][-1]["words"]
