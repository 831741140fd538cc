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


def test_pipecat_a_spoken_question(tmp_path: Path) -> None:
    found = saw("pipecat", "ws://{}/v1/realtime", "voice", tmp_path)
    greeting, question, answer = found["turns"]
    assert [greeting["of"], question["of"], answer["of"]] == ["assistant", "user", "assistant"]
    assert "seven" in question["words"].lower()
    assert says_56(answer["words"])
    assert found["audio_bytes"] > 48_000


def test_pipecat_a_barge_in_truncates_the_reply(tmp_path: Path) -> None:
    found = saw("pipecat", "ws://{}/v1/realtime", "interruption", tmp_path)
    reply, _, answer = found["turns"]
    assert says_56(answer["words"])
    assert 0 < len(found["first"]) < len(reply["words"])
    assert reply["words"].startswith(found["first"].rstrip("…. "))


@pytest.mark.parametrize("path", ["/v1", ""])
def test_livekit_a_spoken_question(tmp_path: Path, path: str) -> None:
    found = saw("livekit", "http://{}" + path, "voice", tmp_path)
    question, answer = found["messages"]
    assert "seven" in question["words"].lower()
    assert says_56(answer["words"])
    assert found["audio_s"] > 0.5


def test_livekit_a_barge_in(tmp_path: Path) -> None:
    found = saw("livekit", "http://{}/v1", "interruption", tmp_path)
    _, reply, question, answer = found["messages"]
    assert reply["interrupted"]
    assert "seven" in question["words"].lower()
    assert says_56(answer["words"])
