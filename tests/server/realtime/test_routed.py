"""A hard question to a real server whose small model passes: a provider over real HTTP answers, and the client is told who and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.route import Privacy
from assistant.sections import LargeSettings, ProviderSettings
from models.hosting import Hosting
from tests.models.hosted.provider import Script, serving
from tests.server.serving import run, served, talking

HARD, EASY = "who wrote the novel about the white whale", "what is seven times eight"


async def asked(text: str, script: Script, folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]], Hosting]:
    async with serving(script) as provider:
        settings = LargeSettings(
            privacy=Privacy.HARD, providers=[ProviderSettings(name="Scripted", url=provider.url, model="big")], wait_s=3.0
        )
        hosting = Hosting(settings, ledger=folder / "cost.sqlite")
        async with served(router=hosting.router) as address, talking(address) as client:
            await client.send("session.update", session={"type": "realtime", "output_modalities": ["text"], "x": {"events": ["x.routed"]}})
            content = [{"type": "input_text", "text": text}]
            await client.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
            await client.send("response.create")
            done = await client.until("response.done")
        return done["response"], client.of("x.routed"), hosting


def words(response: dict[str, Any]) -> str:
    return " ".join(part["text"] for item in response["output"] for part in item["content"])


@pytest.mark.parametrize(
    ("text", "script", "to", "says"),
    [
        (HARD, Script(), "Scripted", "Paris is the capital."),
        (EASY, Script(), "small", "56"),
        (HARD, Script(status=500), "small", "know"),
        (HARD, Script(stall_after=0), "small", "know"),
    ],
)
def test_who_answers(tmp_path: Path, text: str, script: Script, to: str, says: str) -> None:
    async def work() -> None:
        response, told, hosting = await asked(text, script, tmp_path)
        assert response["status"] == "completed"
        assert says in words(response)
        [routed] = told
        assert routed["to"] == to
        assert routed["why"]
        assert routed["response_id"] == response["id"]
        assert sum(row.answers for row in hosting.ledger.spent("session")) == (0 if text == EASY else 2 if script.status == 500 else 1)
        await hosting.close()

    run(work())
