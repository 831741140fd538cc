"""What a client is told of what its user said, and of what of a reply was heard."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import numpy as np
import pytest

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from server.realtime.config import SessionConfig
from tests.server.realtime.stage import Stage, play
from tests.server.serving import pcm24

TRANSCRIBED = "conversation.item.input_audio_transcription"
LONG = ["Well, ", "that is ", "a long ", "story. ", "It began ", "in a small ", "town by ", "the sea."]


def spoken(client: Stage, text: str) -> Samples:
    return np.concatenate([client.speech.say(text), silence(2 * LISTEN_RATE_HZ)])


def test_a_transcription_session_writes_down_without_being_told_to() -> None:
    async def work(client: Stage) -> None:
        await client.hear(spoken(client, "good morning to you"))
        await asyncio.sleep(2)
        [done] = client.of(f"{TRANSCRIBED}.completed")
        assert done["transcript"] == "good morning to you"
        assert "".join(event["delta"] for event in client.of(f"{TRANSCRIBED}.delta")) == done["transcript"]
        assert not any(kind.startswith("response.") for kind in client.types)

    play(work, config=SessionConfig(type="transcription"))


@pytest.mark.parametrize("wanted", [None, {"model": "w"}])
def test_a_transcript_that_failed_is_told_to_whom_wants_one(wanted: dict[str, Any] | None) -> None:
    async def work(client: Stage) -> None:
        client.speech.failing = True
        update = {"audio": {"input": {"turn_detection": None, "transcription": wanted}}}
        await client.send("session.update", session=update)
        await client.hear(spoken(client, "hello"))
        await client.send("input_audio_buffer.commit")
        await asyncio.sleep(2)
        assert client.types.count(f"{TRANSCRIBED}.failed") == (wanted is not None)
        for failed in client.of(f"{TRANSCRIBED}.failed"):
            assert failed["item_id"] == client.of("input_audio_buffer.committed")[0]["item_id"]
            assert failed["error"]["message"] == "This recognizer fails, as it was told."

    play(work)


def test_what_was_never_sound_here_stays_whole_when_it_is_truncated() -> None:
    async def work(client: Stage) -> None:
        await client.write("Where am I?", id="asked")
        for name, content in (
            ("written", {"type": "output_text", "text": "In a small town."}),
            ("told", {"type": "output_audio", "transcript": "By the sea."}),
        ):
            item = {"type": "message", "role": "assistant", "id": name, "content": [content]}
            await client.send("conversation.item.create", item=item)
        for name in ("asked", "written", "told"):
            await client.send("conversation.item.truncate", item_id=name, content_index=0, audio_end_ms=100)
        await client.send("response.create", response={"output_modalities": ["text"]})
        await asyncio.sleep(5)
        shown = " ".join(message.content for message in client.model.prompts[-1])
        assert all(text in shown for text in ("Where am I?", "In a small town.", "By the sea."))
        await client.send("conversation.item.truncate", item_id="told", content_index=0, audio_end_ms=0)  # none of it was heard
        await client.send("conversation.item.retrieve", item_id="told")
        await asyncio.sleep(0)
        assert client.of("conversation.item.retrieved")[-1]["item"]["content"][0]["transcript"] == ""
        assert client.types.count("conversation.item.truncated") == 4

    play(work)


def test_a_cancelled_reply_that_is_truncated_keeps_the_words_that_were_heard() -> None:
    async def work(client: Stage) -> None:
        await client.write("tell me")
        await client.send("response.create")
        await asyncio.sleep(0.25)
        name = client.of("response.output_item.added")[0]["item"]["id"]
        await client.send("conversation.item.truncate", item_id=name, content_index=0, audio_end_ms=600)
        await client.send("response.cancel")
        await client.send("conversation.item.truncate", item_id=name, content_index=0, audio_end_ms=600)
        await client.send("conversation.item.retrieve", item_id=name)
        await asyncio.sleep(1)
        assert client.done["status"] == "cancelled"
        assert client.of("conversation.item.retrieved")[0]["item"]["content"][0]["transcript"] == "Well, that is"

    play(work, {"tell me": LONG})


def test_what_is_committed_is_written_down_and_answered_when_that_is_asked_for() -> None:
    async def work(client: Stage) -> None:
        await client.send("session.update", session={"audio": {"input": {"transcription": {"model": "w"}}}})
        await client.hear(client.speech.say("tell me all of it"))  # and goes on, as far as anybody can tell
        await client.send("input_audio_buffer.commit")
        await asyncio.sleep(3)
        assert client.of(f"{TRANSCRIBED}.completed")[0]["transcript"] == "tell me all of it"
        assert "response.created" not in client.types
        await client.send("response.create")
        await asyncio.sleep(0.3)
        await client.hear(silence(LISTEN_RATE_HZ // 5))
        await client.send("input_audio_buffer.commit")  # while the answer is heard
        await asyncio.sleep(20)
        await client.send("response.create")
        await asyncio.sleep(20)
        assert [event["response"]["status"] for event in client.of("response.done")] == ["completed", "completed"]
        assert client.types.count(f"{TRANSCRIBED}.completed") == client.types.count("input_audio_buffer.committed") == 2

    play(work)


def test_a_transcript_costs_as_many_seconds_as_were_said() -> None:
    async def work(client: Stage) -> None:
        update = {"audio": {"input": {"turn_detection": None, "transcription": {"model": "w"}}}}
        await client.send("session.update", session=update)
        for _ in range(3):
            await client.hear(client.speech.say("four words of it"))
            await client.send("input_audio_buffer.commit")
            await asyncio.sleep(2)
        told = [event["usage"]["seconds"] for event in client.of(f"{TRANSCRIBED}.completed")]
        assert all(abs(seconds - 1.2) < 0.1 for seconds in told), told

    play(work)


def test_speech_in_an_item_is_written_down_and_answered() -> None:
    async def work(client: Stage) -> None:
        await client.send("session.update", session={"audio": {"input": {"transcription": {"model": "w"}}}, "output_modalities": ["text"]})
        sound = {"type": "input_audio", "audio": base64.b64encode(pcm24(spoken(client, "tell me"))).decode()}
        item = {"id": "mine", "type": "message", "role": "user", "content": [sound]}
        await client.send("conversation.item.create", item=item)
        await client.send("response.create")
        await asyncio.sleep(5)
        assert client.of("conversation.item.added")[0]["item"]["content"] == [{"type": "input_audio", "transcript": None}]
        [told] = client.of(f"{TRANSCRIBED}.completed")
        assert (told["item_id"], told["transcript"]) == ("mine", "tell me")
        assert abs(told["usage"]["seconds"] - 2.6) < 0.1
        assert client.done["output"][0]["content"][0]["text"] == "".join(LONG)
        client.speech.failing = True
        await client.send("conversation.item.create", item=item | {"id": "other"})
        await client.send("response.create", response={"input": [item]}, event_id="mine")
        await asyncio.sleep(5)
        assert client.of(f"{TRANSCRIBED}.failed")[0]["item_id"] == "other"
        assert (client.error["param"], client.error["event_id"]) == ("response.input.0", "mine")
        for wrong in ("not base64", 7):
            await client.send("conversation.item.create", item=item | {"content": [sound | {"audio": wrong}]})
            await asyncio.sleep(0)
            assert client.error["param"] == "item.content.0.audio"

    play(work, {"tell me": LONG})


def test_what_was_found_to_be_a_turn_is_not_committed_again() -> None:
    async def work(client: Stage) -> None:
        await client.hear(client.speech.say("good morning to you"))
        while "input_audio_buffer.committed" not in client.types:
            await client.hear(silence(LISTEN_RATE_HZ // 20))
        await client.send("input_audio_buffer.commit")
        await asyncio.sleep(0)
        assert client.error["code"] == "input_audio_buffer_commit_empty"
        assert client.types.count("input_audio_buffer.committed") == 1

    play(work)


def test_speech_that_was_never_committed_holds_nothing_up() -> None:
    async def work(client: Stage) -> None:
        await client.send("session.update", session={"audio": {"input": {"turn_detection": None}}, "output_modalities": ["text"]})
        await client.write("tell me")
        await client.send("response.create")
        await client.hear(client.speech.say("good morning to you"))  # while the reply is being thought of
        await client.send("session.update", session={"audio": {"input": {"turn_detection": {"create_response": False}}}})
        await client.hear(silence(2 * LISTEN_RATE_HZ))
        await client.hear(spoken(client, "tell me"))
        await client.send("response.create")
        await asyncio.sleep(5)
        assert [event["response"]["status"] for event in client.of("response.done")] == ["completed", "completed"]
        assert client.types.count("input_audio_buffer.speech_started") == client.types.count("input_audio_buffer.committed") == 1

    play(work)


def test_noise_before_a_request_holds_nothing_up() -> None:
    async def work(client: Stage) -> None:
        await client.hear(np.random.default_rng(1).normal(0, 0.05, LISTEN_RATE_HZ).astype(np.float32))
        await client.send("response.create")  # waits until nobody seems to speak
        await client.hear(silence(2 * LISTEN_RATE_HZ))
        await asyncio.sleep(5)
        assert [event["response"]["status"] for event in client.of("response.done")] == ["completed"]

    play(work)
