"""`interrupt_response: false`: speech during a response stops nothing, and is not lost."""

from __future__ import annotations

from dataclasses import replace

from models.load import load
from models.scripted import ScriptedModel
from tests.server.serving import question, run, served, talking

SLOW_S = 3.0


def test_speech_during_a_response_is_an_item_and_gets_a_response_of_its_own() -> None:
    async def work() -> None:
        engines = replace(await load(["en"], speaks=["en"]), language_model=ScriptedModel(lambda _: ["It is late."], first_s=SLOW_S))
        async with served(engines=engines) as address, talking(address) as client:
            turns = {"type": "server_vad", "interrupt_response": False}
            await client.send("session.update", session={"audio": {"input": {"turn_detection": turns, "transcription": {}}}})
            await client.until("session.updated")
            await client.say(question())
            await client.until("response.created")
            await client.say(question())
            await client.until("response.done", lambda event: len(client.of("response.created")) == 2)
            commits = client.of("input_audio_buffer.committed")
            heard = client.of("conversation.item.input_audio_transcription.completed")
            assert [each["item_id"] for each in commits] == [each["item_id"] for each in heard]
            assert all("seven" in each["transcript"].lower() for each in heard)
            assert [each["response"]["status"] for each in client.of("response.done")] == ["completed", "completed"]
            told = [kind for kind in client.types if kind in ("input_audio_buffer.speech_started", "response.created", "response.done")]
            assert told == [
                "input_audio_buffer.speech_started", "response.created", "input_audio_buffer.speech_started", "response.done",
                "response.created", "response.done",
            ]  # fmt: skip

    run(work())


def test_a_cleared_utterance_is_not_announced_as_over() -> None:
    async def work() -> None:
        engines = replace(await load(["en"], speaks=["en"]), language_model=ScriptedModel(lambda _: ["It is late."], first_s=SLOW_S))
        async with served(engines=engines) as address, talking(address) as client:
            turns = {"type": "server_vad", "interrupt_response": False}
            await client.send("session.update", session={"audio": {"input": {"turn_detection": turns}}})
            await client.say(question())
            await client.until("response.created")
            await client.say(question()[:12_000])
            await client.until("input_audio_buffer.speech_started")
            await client.send("input_audio_buffer.clear")
            await client.until("input_audio_buffer.cleared")
            await client.say(question()[-16_000:])
            await client.until("response.done")
            assert len(client.of("input_audio_buffer.committed")) == 1

    run(work())
