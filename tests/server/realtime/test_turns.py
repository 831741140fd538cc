"""Turns over the wire, with the starter models: by voice, by hand, by text."""

from __future__ import annotations

import base64
from typing import Any

import pytest

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


def test_manual_turns_are_committed_and_answered_when_asked() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            await client.send(
                "session.update",
                session={"audio": {"input": {"turn_detection": None, "transcription": {"model": "parley"}}}, "output_modalities": ["text"]},
            )
            await client.until("session.updated")
            await client.say(question(), real_time=False)
            await client.send("input_audio_buffer.commit")
            heard = await client.until("conversation.item.input_audio_transcription.completed")
            assert "seven" in heard["transcript"].lower()
            assert "response.created" not in client.types
            await client.send("response.create")
            done = await client.until("response.done")
            assert "input_audio_buffer.speech_started" not in client.types
            assert "response.output_audio.delta" not in client.types
            [item] = done["response"]["output"]
            assert item["content"][0]["type"] == "output_text"
            assert "56" in item["content"][0]["text"] or "fifty" in item["content"][0]["text"].lower()

    run(work())


def test_a_commit_and_a_request_at_once_wait_for_each_other() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            await client.send("session.update", session={"audio": {"input": {"turn_detection": None}}})
            await client.say(question(), real_time=False)
            await client.send("input_audio_buffer.commit")
            await client.send("response.create")
            done = await client.until("response.done")
            assert done["response"]["status"] == "completed"
            assert "fifty" in done["response"]["output"][0]["content"][0]["transcript"].lower() or "56" in str(done)

    run(work())


def test_texts_are_answered_and_remembered() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            await client.send("session.update", session={"output_modalities": ["text"]})
            message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "What is 12 times 12?"}]}
            await client.send("conversation.item.create", item=message)
            await client.send("response.create", response={"metadata": {"client_event_id": "abc"}})
            created = await client.until("response.created")
            assert created["response"]["metadata"] == {"client_event_id": "abc"}
            done = await client.until("response.done")
            assert "144" in done["response"]["output"][0]["content"][0]["text"]
            added = client.of("conversation.item.added")
            assert [event["previous_item_id"] for event in added] == [None, added[0]["item"]["id"]]

    run(work())


def test_what_comes_during_a_response_is_answered_by_the_next_one() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            await client.send("session.update", session={"output_modalities": ["text"]})
            for text in ("What is 12 times 12?", "What is 3 plus 4?"):
                message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
                await client.send("conversation.item.create", item=message)
                if text.startswith("What is 12"):
                    await client.send("response.create")
                    await client.until("response.created")
            assert "144" in str((await client.until("response.done"))["response"]["output"])
            await client.send("response.create")
            assert "7" in (await client.until("response.done"))["response"]["output"][0]["content"][0]["text"]
            added = client.of("conversation.item.added")
            answer = next(event for event in added if event["item"]["role"] == "assistant")
            assert answer["previous_item_id"] == added[0]["item"]["id"]

    run(work())


def test_instructions_are_followed_where_nobody_has_asked_anything() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            await client.send("session.update", session={"output_modalities": ["text"]})
            for instructions, told in (("What is 12 times 12?", "144"), ("What is 3 plus 4?", "7")):  # at first, and after a reply
                await client.send("response.create", response={"instructions": instructions})
                done = await client.until("response.done")
                assert told in done["response"]["output"][0]["content"][0]["text"]

    run(work())


def test_a_cancel_ends_the_response_at_once_and_the_next_one_works() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Tell me what you can do."}]}
            await client.send("conversation.item.create", item=message)
            await client.send("response.create")
            created = await client.until("response.created")
            await client.send("response.cancel")
            done = await client.until("response.done")
            assert done["response"]["id"] == created["response"]["id"]
            assert done["response"]["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
            await client.send("response.cancel")
            error = await client.until("error")
            assert error["error"]["code"] == "response_cancel_not_active"
            assert error["error"]["message"].startswith("Cancellation failed")
            await client.send("response.create")
            assert (await client.until("response.done"))["response"]["status"] == "completed"

    run(work())


def test_a_barge_in_cancels_and_is_answered_itself() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "What can you do?"}]}
            await client.send("conversation.item.create", item=message)
            await client.send("response.create")
            await client.until("response.output_audio.delta")
            reply = client.of("response.output_item.added")[0]["item"]["id"]
            await client.say(question())
            await client.until("response.done", lambda event: says(event, "56"))
            assert client.types.count("input_audio_buffer.speech_started") == 1
            await client.send("conversation.item.truncate", item_id=reply, content_index=0, audio_end_ms=700)
            truncated = await client.until("conversation.item.truncated")
            assert truncated["audio_end_ms"] == 700
            await client.send("conversation.item.retrieve", item_id=reply)
            item = (await client.until("conversation.item.retrieved"))["item"]
            assert 0 < len(item["content"][0]["transcript"]) < 40

    run(work())


@pytest.mark.parametrize("first", ["conversation.item.truncate", "response.cancel"])
def test_a_cancelled_reply_keeps_what_the_client_says_was_heard(first: str) -> None:
    """Whichever of the two a client sends first."""

    async def work() -> None:
        async with served() as address, talking(address) as client:
            message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "What can you do?"}]}
            await client.send("conversation.item.create", item=message)
            await client.send("response.create")
            reply = (await client.until("response.output_audio.delta"))["item_id"]
            truncate: dict[str, Any] = {"item_id": reply, "content_index": 0, "audio_end_ms": 400}
            for kind in sorted(["conversation.item.truncate", "response.cancel"], key=lambda each: each != first):
                await client.send(kind, **(truncate if kind != "response.cancel" else {}))
            done = await client.until("response.done")
            assert done["response"]["status"] == "cancelled"
            await client.send("conversation.item.retrieve", item_id=reply)
            item = (await client.until("conversation.item.retrieved"))["item"]
            assert item["status"] == "incomplete"
            assert "I can tell".startswith(item["content"][0]["transcript"])

    run(work())


def says(done: dict[str, Any], word: str) -> bool:
    return any(word in part.get("transcript", "").lower() for item in done["response"]["output"] for part in item["content"])


def test_a_transcription_session_never_answers() -> None:
    async def work() -> None:
        async with served() as address, talking(address, "/v1/realtime?intent=transcription") as client:
            update = {"type": "transcription", "audio": {"input": {"transcription": {"model": "parley"}}}}
            await client.send("session.update", session=update)
            assert (await client.until("session.updated"))["session"]["type"] == "transcription"
            await client.say(question())
            heard = await client.until("conversation.item.input_audio_transcription.completed")
            assert "seven" in heard["transcript"].lower()
            assert not any(kind.startswith("response.") for kind in client.types)
            await client.send("response.create")
            assert "transcription session" in (await client.until("error"))["error"]["message"]

    run(work())
