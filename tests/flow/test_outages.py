"""A voice that died: it is told once, answers go on as text, and are spoken again when it is back."""

from __future__ import annotations

from dataclasses import replace

from assistant.engines import Outage
from assistant.events import Degraded, ReplyAudio, ReplyDone, Restored
from tests.conftest import Run
from tests.flow.stage import Stage

RESTARTS = Outage("no voice en", "it is started again")
GIVEN_UP = Outage("no voice en", "it died three times", frozenset({"en"}))


def test_answers_are_text_until_the_voice_is_back(virtual: Run) -> None:
    outages: list[Outage] = []

    async def talk() -> Stage:
        stage = Stage({"one": ["First."], "two": ["Second."], "three": ["Third."]})
        stage.engines = replace(stage.engines, outages=lambda: tuple(outages))
        async with stage:
            outages[:] = [RESTARTS]
            await stage.ask("one")  # it waits for the voice, and is spoken
            outages[:] = [GIVEN_UP, Outage("no voice es", "it died", frozenset({"es"}))]
            await stage.ask("two")
            outages.clear()
            await stage.ask("three")
        return stage

    stage = virtual(talk())
    assert stage.of(ReplyDone) == [ReplyDone(1, "First."), ReplyDone(2, "Second."), ReplyDone(3, "Third.")]
    assert {event.turn for event in stage.of(ReplyAudio)} == {1, 3}
    told = [event for event in (stamped.event for stamped in stage.facts) if isinstance(event, Degraded | Restored)]
    assert [(type(event), event.what, getattr(event, "why", "")) for event in told] == [
        (Degraded, "no voice en", "it is started again"),
        (Degraded, "no voice en", "it died three times"),
        (Degraded, "no voice es", "it died"),
        (Restored, "no voice en", ""),
        (Restored, "no voice es", ""),
    ]
