"""What may be chosen in a room: only what the language model knows."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from models.scripted import Vocabulary, scripted_engines
from server.rooms.languages import offered, targets
from tests.server.rooms.stage import Stage, play


def test_only_languages_that_the_model_knows_are_offered() -> None:
    engines, *_ = scripted_engines(Vocabulary(), {})  # its model is asked as the starter's
    [recognizer] = engines.recognizers.values()
    engines = replace(engines, recognizers={"en": recognizer, "de": recognizer, "es": recognizer})
    assert targets(engines, "en") == ["es"]
    assert targets(engines, "de") == []
    assert [language["code"] for language in offered(engines)] == ["en", "es"]


def test_who_chooses_another_is_refused() -> None:
    async def work(stage: Stage) -> None:
        del stage.model.translation  # type: ignore[method-assign]
        stage.engines.recognizers["de"] = stage.english  # type: ignore[index]
        async with stage.visitor() as ann, asyncio.timeout(60):
            await ann.send("room.join", name="Ann", language="de")
            await asyncio.sleep(0.1)
            assert ann.errors == ["language_not_found"]

    play(work)
