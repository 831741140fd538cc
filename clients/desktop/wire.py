"""OpenAI's Realtime protocol as a client says it: its events, and sound in the protocol's 24 kHz. Nothing here touches a socket."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, TypeAlias

from assistant.audio import LISTEN_RATE_HZ, Samples, from_pcm16, silence, to_pcm16
from clients.desktop.varispeed import TAPS, Varispeed

Message: TypeAlias = dict[str, Any]
"""One event of the protocol, a client's or a server's."""

RATE_HZ = 24_000
"""Of all sound, both ways."""

EXTRAS = ("x.latency", "x.transcript.partial", "x.tool", "x.degraded", "x.restored", "x.phrase", "x.routed")
"""Events of Parley's own that a talk makes use of."""

WRITES_DOWN = "whisper-1"
"""The model that writes down what is said: every server of the protocol knows this name, and Parley's takes any."""

MOST = 1e15
"""Of a number: more milliseconds than there can be, and none that arithmetic loses."""


def update(*, push: bool) -> Message:
    """Return the event that sets a session up for a spoken talk; with `push`, the client says when an utterance is over."""
    form = {"type": "audio/pcm", "rate": RATE_HZ}
    heard = {"format": form, "transcription": {"model": WRITES_DOWN}, "turn_detection": turns(push=push)}
    return {
        "type": "session.update",
        "session": {"type": "realtime", "output_modalities": ["audio"], "audio": {"input": heard, "output": {"format": form}}},
    }


def turns(*, push: bool) -> Message | None:
    """Return how a session finds the ends of utterances."""
    return None if push else {"type": "server_vad", "create_response": True, "interrupt_response": True}


def set_turns(*, push: bool) -> Message:
    """Return the event that only changes this."""
    return {"type": "session.update", "session": {"type": "realtime", "audio": {"input": {"turn_detection": turns(push=push)}}}}


def extensions(events: Sequence[str], **others: bool) -> Message:
    """Return the event that asks for what is Parley's own: these events, and `others` of its extensions by name."""
    return {"type": "session.update", "session": {"type": "realtime", "x": {"events": list(events)} | others}}


def resume(token: str, after: str | None) -> Message:
    """Return the event that goes on with an earlier session, from behind the event `after`."""
    return {"type": "session.update", "session": {"x": {"resume": token} | ({"after": after} if after else {})}}


def append(pcm: bytes) -> Message:
    """Return the event that says some sound, 24 kHz PCM16."""
    return {"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()}


def truncate(item: str, heard_s: float) -> Message:
    """Return the event that tells how much of a reply was heard."""
    return {"type": "conversation.item.truncate", "item_id": item, "content_index": 0, "audio_end_ms": max(0, round(1000 * heard_s))}


def text(message: Message, key: str) -> str:
    """Return the words under a key; none where there are none."""
    found = message.get(key)
    return found if isinstance(found, str) else ""


def number(message: Message, key: str) -> float:
    """Return the number under a key; 0 where there is none, or one that means nothing."""
    found = message.get(key)
    return float(found) if isinstance(found, int | float) and abs(found) < MOST else 0.0


def inner(message: Message, *keys: str) -> Message:
    """Return the object at the end of these keys; an empty one where there is none."""
    for key in keys:
        found = message.get(key)
        message = found if isinstance(found, dict) else {}
    return message


def decoded(delta: str) -> Samples:
    """Return the samples of a server's sound, 24 kHz.

    Raises:
        ValueError: it is no base64 of whole samples.
    """
    return from_pcm16(base64.b64decode(delta, validate=True))


class Uplink:
    """16 kHz samples as the protocol's sound, a millisecond late; a stream of soxr's would hold back 20.

    Of each chunk all is given at once: were a sample of it held back, the server would wait for the next one.
    """

    def __init__(self) -> None:
        self._speed = Varispeed()
        self._speed.write(silence(TAPS))
        self._taken = self._given = 0

    def push(self, samples: Samples) -> bytes:
        """Return what these samples are, as PCM16."""
        self._speed.write(samples)
        self._taken += samples.size
        count = self._taken * RATE_HZ // LISTEN_RATE_HZ - self._given
        self._given += count
        return to_pcm16(self._speed.read(count, LISTEN_RATE_HZ / RATE_HZ)) if count else b""
