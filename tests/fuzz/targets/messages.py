"""What clients of the WebSockets send, message by message: Realtime, translations, rooms."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from assistant.respond import SYSTEM
from server.realtime import incoming
from server.realtime.asked import asked
from server.realtime.config import SessionConfig
from server.realtime.items import Conversation
from server.realtime.reading import enclosed, read_item
from server.realtime.refusals import Refused
from server.realtime.wave import Decoder
from server.rooms import incoming as rooms
from server.rooms.plain import plain_text
from server.translations import incoming as translations
from tests.fuzz.campaign import Target
from tests.fuzz.mutation import dumped, tree

SOUND = base64.b64encode(bytes(range(256)) * 4).decode()

MESSAGE = {
    "type": "message",
    "id": "i",
    "role": "user",
    "content": [{"type": "input_text", "text": "Hi"}, {"type": "input_audio", "audio": SOUND}],
}
CALL = {"type": "function_call", "id": "f", "call_id": "c", "name": "add", "arguments": '{"a": [1, {"b": null}]}'}
OUTPUT = {"type": "function_call_output", "id": "o", "call_id": "c", "output": '{"sum": 3}'}
TOOL = {
    "type": "function",
    "name": "add",
    "description": "Adds.",
    "parameters": {"type": "object", "properties": {"a": {"type": "number"}}},
}
SESSION = {
    "type": "realtime", "instructions": "Be brief.", "output_modalities": ["audio"], "tools": [TOOL], "tool_choice": {"type": "function", "name": "add"},
    "max_output_tokens": 100, "x": {"events": ["x.latency"], "resume": True, "after": "event_1", "hears_itself": True}, "tracing": "auto",
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24_000}, "transcription": {"model": "whisper-1", "language": "en"}, "noise_reduction": {"type": "near_field"},
            "turn_detection": {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500, "create_response": True},
        },
        "output": {"format": {"type": "audio/pcmu"}, "voice": {"id": "marin"}, "speed": 1.0},
    },
}  # fmt: skip
RESPONSE = {
    "instructions": "Sing.", "output_modalities": ["text"], "tools": [TOOL], "tool_choice": "auto", "max_output_tokens": "inf", "conversation": "none",
    "metadata": {"a": "b"}, "input": [MESSAGE | {"content": MESSAGE["content"][:1]}, {"type": "item_reference", "id": "i"}],
    "audio": {"output": {"format": {"type": "audio/pcma"}, "voice": "cedar"}},
}  # fmt: skip

REALTIME: tuple[dict[str, Any], ...] = (
    {"type": "session.update", "event_id": "e", "session": SESSION},
    {
        "type": "session.update",
        "session": {"type": "transcription", "audio": {"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "low"}}}},
    },
    {"type": "input_audio_buffer.append", "audio": SOUND},
    {"type": "input_audio_buffer.commit"},
    {"type": "input_audio_buffer.clear"},
    {"type": "output_audio_buffer.clear"},
    {"type": "conversation.item.create", "item": MESSAGE, "previous_item_id": "root"},
    {"type": "conversation.item.create", "item": CALL},
    {"type": "conversation.item.create", "item": OUTPUT},
    {"type": "conversation.item.retrieve", "item_id": "i"},
    {"type": "conversation.item.delete", "item_id": "i"},
    {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": 1500},
    {"type": "response.create", "response": RESPONSE},
    {"type": "response.create"},
    {"type": "response.cancel", "response_id": "r"},
)
TRANSLATIONS: tuple[dict[str, Any], ...] = (
    {"type": "session.update", "session": {"audio": {"input": {"transcription": {"model": "m"}}, "output": {"language": "es"}}}},
    {"type": "session.input_audio_buffer.append", "audio": SOUND},
    {"type": "session.close"},
)
ROOMS: tuple[dict[str, Any], ...] = (
    {"type": "room.join", "name": "Ann", "language": "en", "hears": True, "seat": "s", "host": "h"},
    {"type": "room.set", "muted": False, "hears": True, "name": "Bob", "language": "es"},
    {"type": "input_audio_buffer.append", "audio": SOUND},
    {"type": "room.say", "text": "Hello everybody."},
    {"type": "room.lock", "locked": True},
    {"type": "room.remove", "person": "person_1"},
    {"type": "room.leave"},
    {"type": "room.close"},
)
_KEYS = {key for event in (*REALTIME, *TRANSLATIONS, *ROOMS, SESSION) for key in event}
_KINDS = {event["type"] for event in (*REALTIME, *TRANSLATIONS, *ROOMS)}
WORDS = (
    *sorted(_KEYS | _KINDS),
    *"semantic_vad server_vad function audio/pcm input_text output_audio item_reference none required inf id root".split(),
)


def message(random: Random, seeds: tuple[dict[str, Any], ...]) -> str:
    """Return a message that is one of the seeds, or nearly."""
    seed = random.choice(seeds)
    return dumped(random, seed if random.random() < 0.1 else tree(random, seed, WORDS))


def sendable(*told: Any) -> None:
    """What is told of it goes over a WebSocket."""
    json.dumps(told, ensure_ascii=False, allow_nan=False).encode()


def refused(read: Callable[[str], object]) -> Callable[[str], None]:
    """Read as a connection does: what is refused is told, with the client's event_id."""

    def take(given: str) -> None:
        try:
            read(given)
        except Refused as wrong:
            sendable(wrong.as_event(incoming.echo(given)))
            raise

    return take


def _realtime(given: str) -> None:
    event, conversation = incoming.read(given), Conversation()
    for item in (MESSAGE, CALL):
        conversation.add(read_item(item))
    match event:
        case incoming.SessionUpdate(session=session):
            config = SessionConfig().merged(session)
            sendable(config.merged(session).as_wire("s", "m", SYSTEM, 0, {}))
        case incoming.Append():
            Decoder("audio/pcm").push(event.data())
        case incoming.ItemCreate(item=item):
            made, _ = read_item(item), enclosed(item)
            conversation.add(made, event.previous_item_id)
            sendable(made.as_wire(), made.as_kept(), [each.as_message() and str(each.as_message()) for each in conversation])
        case incoming.ItemTruncate(item_id=name, audio_end_ms=end_ms):
            sendable(conversation.get(name).truncate(end_ms))
        case incoming.ResponseCreate(response=response):
            wanted = asked(SessionConfig(), response, conversation)
            sendable(wanted.system, [tool.name for tool in wanted.tools], wanted.voice, wanted.form, wanted.most_tokens, wanted.spoken)
    sendable(event.event_id, event.audio_bytes)


def _translations(given: str) -> None:
    match translations.read(given):
        case translations.Update(session=session):
            config = translations.TranslationConfig().merged(session)
            sendable(config.model_dump(mode="json"), config.language)
        case translations.Append() as event:
            event.data()


def _rooms(given: str) -> None:
    match rooms.read(given):
        case rooms.Append() as event:
            event.data()
        case rooms.Join(name=name):
            sendable(plain_text(name, "name"))
        case rooms.Say(text=text):
            sendable(plain_text(text, "text"))
        case rooms.Set() as event:
            sendable(event.changes)


@contextmanager
def realtime(_: Path) -> Iterator[Target]:
    """Messages of `/v1/realtime`."""
    yield Target(lambda random: message(random, REALTIME), refused(_realtime), (Refused,))


@contextmanager
def translated(_: Path) -> Iterator[Target]:
    """Messages of `/v1/realtime/translations`."""
    yield Target(lambda random: message(random, TRANSLATIONS), refused(_translations), (Refused,))


@contextmanager
def in_rooms(_: Path) -> Iterator[Target]:
    """Messages of `/v1/rooms`."""
    yield Target(lambda random: message(random, ROOMS), refused(_rooms), (Refused,))
