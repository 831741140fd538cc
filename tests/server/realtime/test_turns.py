"""Turns over the wire, with the starter models: by voice, by hand, by text."""

from __future__ import annotations

import base64

from tests.server.serving import question, run, served, talking

CANON = [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]


def test_a_spoken_question_is_answered_in_the_canonical_order() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            await client.send("session.update", session={"type": "realtime", "audio": {"input": {"transcription": {"model": "whisper-1"}}}})
            await client.until("session.updated")
            await client.say(question())
            done = await client.until("response.done")
            told = [kind for kind in client.types[2:] if "delta" not in kind and "transcription" not in kind]
            assert told == CANON
            assert done["response"]["status"] == "completed"
            transcript = "".join(event["delta"] for event in client.of("response.output_audio_transcript.delta"))
            assert "56" in transcript or "fifty" in transcript.lower()
            [item] = done["response"]["output"]
            assert item["content"] == [{"type": "output_audio", "transcript": transcript}]
            sound = b"".join(base64.b64decode(event["delta"]) for event in client.of("response.output_audio.delta"))
            assert len(sound) > 24_000
            assert len(sound) % 2 == 0
            [heard] = client.of("conversation.item.input_audio_transcription.completed")
            assert "seven" in heard["transcript"].lower()
            assert len({event["event_id"] for event in client.events}) == len(client.events)

    run(work())
