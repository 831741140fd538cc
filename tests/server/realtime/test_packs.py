"""A session of a real server with a pack: the starter model reads passages out, in the language of the question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.equipped import directed, equipped
from assistant.route import Privacy
from assistant.sections import LargeSettings, ProviderSettings
from models.hosting import Hosting
from models.load import load
from models.packs.places import pack_of
from tests.models.hosted.provider import Script, serving
from tests.server.serving import run, served, talking


async def asked(text: str, **given: Any) -> tuple[str, list[dict[str, Any]]]:
    engines = equipped(await load(["en", "es"], speaks=["en", "es"]), pack_of("clinic"))
    async with served(engines=engines, **given) as address, talking(address) as client:
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


@pytest.mark.parametrize(
    ("text", "privacy", "hosted"),
    [
        ("please cancel my appointment", Privacy.HARD, False),  # the passage is read out: nothing leaves
        ("I have a complaint about my appointment", Privacy.HARD, True),  # a word of the pack
        ("please cancel my appointment", Privacy.ALWAYS, True),
        ("who won the world cup", Privacy.HARD, True),
    ],
)
def test_a_hosted_model_is_asked_with_the_passage(tmp_path: Path, text: str, privacy: Privacy, *, hosted: bool) -> None:
    async def work() -> None:
        async with serving(Script(("Call ", "us."))) as provider:
            settings = LargeSettings(privacy=privacy, providers=[ProviderSettings(name="Scripted", url=provider.url, model="big")])
            hosting = Hosting(settings, ledger=tmp_path / "cost.sqlite")
            words, used = await asked(text, router=directed(hosting.router, pack_of("clinic")))
            await hosting.close()
        assert (words == "Call us.") is hosted
        assert bool(provider.asked) is hosted
        if hosted:
            [question] = provider.asked
            assert question["messages"][0]["content"].startswith("You are the reception of Riverside Clinic")
            known = "cancel" in text
            assert ("twenty-four hours" in question["messages"][-1]["content"]) is known
            assert [each["result"] for each in used] == ([""] if known else [])
            offered = {tool["function"]["name"] for tool in question.get("tools", [])}
            assert "set_timer" not in offered

    run(work())
