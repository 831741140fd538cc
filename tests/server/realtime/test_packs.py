"""A session of a real server with a pack: the starter model reads passages out, in the language of the question."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.equipped import equipped
from models.load import load
from models.packs.places import pack_of
from tests.server.serving import run, served, talking


async def asked(text: str) -> tuple[str, list[dict[str, Any]]]:
    engines = equipped(await load(["en", "es"], speaks=["en", "es"]), pack_of("clinic"))
    async with served(engines=engines) as address, talking(address) as client:
        await client.send("session.update", session={"type": "realtime", "output_modalities": ["text"], "x": {"events": ["x.tool"]}})
        content = [{"type": "input_text", "text": text}]
        await client.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
        await client.send("response.create")
        done = await client.until("response.done")
        words = " ".join(part["text"] for item in done["response"]["output"] for part in item["content"])
        return words, client.of("x.tool")


@pytest.mark.parametrize(
    ("text", "passage", "says"),
    [
        ("please cancel my appointment", "How do I cancel or move my appointment?", "twenty-four hours"),
        ("¿hay que ir en ayunas?", "¿Hay que ir en ayunas al análisis de sangre?", "ocho horas"),
        ("who won the world cup", None, "please ask the reception"),
    ],
)
def test_a_session_with_a_pack(text: str, passage: str | None, says: str) -> None:
    words, used = run(asked(text))
    assert says in words
    assert [(each["name"], each["arguments"]) for each in used] == ([("knowledge", {"passage": passage})] if passage else [])
