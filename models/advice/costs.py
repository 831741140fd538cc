"""What the engines' steps take on a machine: known shapes of models times the few speeds that a probe found. Pure; seconds."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Protocol, TypeAlias

ENCODED_A_SECOND = 50
"""Rows that a Whisper encoder makes of a second of sound."""

WINDOW_S = 30.0
"""What a public Whisper model pads to."""

VOCABULARY = 51_865
"""Tokens of a Whisper model; the English ones and the newest have one less or more."""

HEAD_WIDTH = 64
"""Of every Whisper model's attention."""

STARTS = 1.3
"""Tokens that decoding computes beside those of the text: its prompt, and the end."""

ALIGNED = 4
"""What finding the words' times takes, in tokens that are decoded: all of the text at once, however long."""

Curve: TypeAlias = tuple[tuple[int, float], ...]
"""Seconds by how many, the fewest first."""


def along(curve: Curve, count: float) -> float:
    """Return the seconds for so many: between two points on a line, beyond the last in proportion."""
    counts = [point[0] for point in curve]
    if count >= counts[-1]:
        return curve[-1][1] * count / counts[-1]
    place = max(1, bisect_left(counts, count))
    (less, fast), (more, slow) = curve[place - 1], curve[place]
    return fast + (slow - fast) * (count - less) / (more - less)


class Hears(Protocol):
    """What a pass of a recognizer takes."""

    @property
    def padded(self) -> bool:
        """Whether it fills its window whatever it hears."""
        ...

    def pass_s(self, sound_s: float, tokens: float, *, times: bool = False) -> float:
        """Return the seconds for so much sound that says so many tokens; with `times`, of each word, too."""
        ...


class Writes(Protocol):
    """What a language model's steps take."""

    def batch_s(self, tokens: int) -> float:
        """Return the seconds for so many tokens computed at once, 1 being a token of the answer."""
        ...


class Speaks(Protocol):
    """What a voice takes."""

    def phrase_s(self, sound_s: float) -> float:
        """Return the seconds for a phrase that sounds so long."""
        ...


@dataclass(frozen=True)
class WhisperShape:
    """Sizes of a Whisper model."""

    width: int
    encoder_layers: int
    decoder_layers: int

    @property
    def heads(self) -> int:
        """In each layer."""
        return self.width // HEAD_WIDTH

    def convolved(self, sound_s: float) -> float:
        """Return the multiplications before the first layer."""
        rows = sound_s * ENCODED_A_SECOND
        return 3 * rows * self.width * (2 * 80 + self.width)

    def layers(self, sound_s: float) -> float:
        """Return the multiplications of the encoder's matrices."""
        return sound_s * ENCODED_A_SECOND * self.weights

    @property
    def weights(self) -> int:
        """In the encoder's matrices, a byte each, read once for any length."""
        return 12 * self.width**2 * self.encoder_layers

    def attended(self, sound_s: float) -> float:
        """Return how often one row of the encoder looks at another."""
        return (sound_s * ENCODED_A_SECOND) ** 2 * self.heads * self.encoder_layers

    def kept(self, sound_s: float) -> float:
        """Return the multiplications that make keys and values of what was encoded, for the decoder."""
        return 2 * sound_s * ENCODED_A_SECOND * self.width**2 * self.decoder_layers

    @property
    def token_weights(self) -> int:
        """What is read for each token, in bytes."""
        return 14 * self.width**2 * self.decoder_layers + VOCABULARY * self.width

    def looked_at(self, sound_s: float) -> float:
        """Return how many rows each token looks at."""
        return sound_s * ENCODED_A_SECOND * self.heads * self.decoder_layers


@dataclass(frozen=True)
class HearingSpeed:
    """Seconds for one each of what `WhisperShape` counts."""

    convolved: float
    layers: float
    weights: float
    attended: float
    kept: float
    token_weights: float
    looked_at: float

    def encode_s(self, shape: WhisperShape, sound_s: float) -> float:
        """Return what encoding takes."""
        matrices_s = self.convolved * shape.convolved(sound_s) + self.layers * shape.layers(sound_s)
        matrices_s += self.weights * shape.weights
        return matrices_s + self.attended * shape.attended(sound_s)

    def decode_s(self, shape: WhisperShape, sound_s: float, tokens: float) -> float:
        """Return what decoding takes."""
        each = self.token_weights * shape.token_weights + self.looked_at * shape.looked_at(sound_s)
        return self.kept * shape.kept(sound_s) + (tokens + STARTS) * each


@dataclass(frozen=True)
class WhisperCost:
    """A public Whisper model on a machine: it encodes a whole window, whatever it hears."""

    shape: WhisperShape
    speed: HearingSpeed
    padded: bool = True

    def pass_s(self, sound_s: float, tokens: float, *, times: bool = False) -> float:
        decoded_s = self.speed.decode_s(self.shape, WINDOW_S, tokens)
        aligned_s = self.speed.decode_s(self.shape, WINDOW_S, ALIGNED) if times else 0.0
        return self.speed.encode_s(self.shape, WINDOW_S) + decoded_s + aligned_s


@dataclass(frozen=True)
class MeasuredHearing:
    """A recognizer that is here, and was measured itself."""

    encode: Curve
    """By tenths of a second."""
    token_s: float
    padded: bool = False

    def pass_s(self, sound_s: float, tokens: float, *, times: bool = False) -> float:
        return along(self.encode, 10 * sound_s) + (tokens + STARTS * (2 if times else 1)) * self.token_s


@dataclass(frozen=True)
class WritingSpeed:
    """How fast weights of one kind are computed."""

    batch: Curve
    """Seconds for a byte of the layers, by how many tokens are computed at once."""

    @property
    def byte_s(self) -> float:
        """Seconds to read a byte of weights for one token."""
        return self.batch[0][1]


@dataclass(frozen=True)
class LlmShape:
    """What of a language model's file is computed."""

    body_bytes: float
    """Its layers."""
    head_bytes: float
    """The output matrix: computed once, however many tokens are."""
    mix: str
    """The name of a `Mix`."""


@dataclass(frozen=True)
class LlmCost:
    """A language model on a machine."""

    shape: LlmShape
    speed: WritingSpeed

    def batch_s(self, tokens: int) -> float:
        return self.shape.body_bytes * along(self.speed.batch, tokens) + self.shape.head_bytes * self.speed.byte_s


@dataclass(frozen=True)
class MeasuredWriting:
    """A language model that is here, and was measured itself."""

    batch: Curve

    def batch_s(self, tokens: int) -> float:
        return along(self.batch, tokens)


@dataclass(frozen=True)
class VoiceCost:
    """A voice on a machine."""

    rtf: float
    """Seconds for a second of sound."""
    begin_s: float
    """For each phrase, besides."""

    def phrase_s(self, sound_s: float) -> float:
        return self.begin_s + self.rtf * sound_s
