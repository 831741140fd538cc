"""When the microphone counts: always, while a key is held, or never; whether somebody must say a phrase first is up to `Attention`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from assistant.audio import Samples, silence

TAIL_S = 0.2
"""How long the microphone stays open after push-to-talk ends: people let the key go on the last syllable."""


class Way(Enum):
    """How it listens."""

    OPEN = "open microphone"
    PUSH = "push-to-talk"
    WAKE = "wake phrase"


class _Key(Enum):
    UP = "up"
    DOWN = "down"
    TAIL = "tail"


@dataclass(frozen=True, slots=True)
class Heard:
    """A block of the microphone as it counts, and whether what was said with the key is over with it."""

    samples: Samples
    over: bool = False


class Ears:
    """Takes blocks and keys; the time comes in as an argument."""

    def __init__(self, way: Way, latency_s: float = 0.0) -> None:
        """Listen in one way; `latency_s` is the microphone's."""
        self.way = way
        self.muted = False
        """Nothing is heard, in any way of listening."""
        self._tail_s = TAIL_S + latency_s
        self._key, self._until_s = _Key.UP, 0.0

    @property
    def talking(self) -> bool:
        """Whether the key is held."""
        return self._key is _Key.DOWN

    @property
    def closed(self) -> bool:
        """Whether the microphone waits for the key."""
        return self.way is Way.PUSH and self._key is _Key.UP

    def turn(self, way: Way) -> None:
        """Listen in another way from now on."""
        self.way, self._key = way, _Key.UP

    def talk(self) -> None:
        """The key of push-to-talk is down."""
        if self.way is Way.PUSH:
            self._key = _Key.DOWN

    def talked(self, now_s: float) -> None:
        """The key is up again."""
        if self._key is _Key.DOWN:
            self._key, self._until_s = _Key.TAIL, now_s + self._tail_s

    def push(self, block: Samples, now_s: float) -> Heard:
        """Return the block, or silence of its length."""
        over = self._key is _Key.TAIL and now_s >= self._until_s
        if over:
            self._key = _Key.UP
        return Heard(silence(block.size) if self.muted or self.closed else block, over)
