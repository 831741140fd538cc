"""A prediction put to the test: a conversation in real time with models of the same shape, beside what was foretold of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import InputError
from assistant.sections import ModelSettings
from assistant.settings import Settings
from clients.bench.latency import Conditions, measure
from clients.bench.profiles import Profile, profile, shaped
from clients.bench.rehearsal import Cast, foretell
from clients.bench.variants import Variant
from clients.cli.running import until_done
from clients.cli.stderr import told
from models.advice.profiles import Profile as Advised
from models.shape import Tell, shape_model
from models.shape.alike import llm_alike, whisper_alike
from models.shape.load import VOICE
from models.shape.plain_gguf import Mix
from models.starter import STARTER, verified

TURNS = 9

PROMISED = 0.2
"""Share by which a prediction may miss."""


@dataclass(frozen=True)
class Compared:
    """One part of a turn: medians, in seconds after the last word."""

    part: str
    predicted_s: float
    measured_s: float

    @property
    def off(self) -> float:
        """Return the share by which the prediction is too high, or too low."""
        return self.predicted_s / self.measured_s - 1

    @property
    def told(self) -> str:
        """Return it as a line."""
        verdict = "" if abs(self.off) <= PROMISED else f"  further off than {PROMISED:.0%}"
        return f"{self.part.replace('_', ' '):>15}: predicted {self.predicted_s:.2f} s, measured {self.measured_s:.2f} s, {self.off:+.0%}{verdict}"

    def as_json(self) -> dict[str, Any]:
        """Return it for a program."""
        return {"part": self.part, "predicted_s": self.predicted_s, "measured_s": self.measured_s, "off": round(self.off, 4)}


def compare(advised: Advised, settings: Settings) -> list[Compared]:
    """Hold a conversation with models of the shape of a profile, made where they are not there yet, and return both medians of each part.

    Raises:
        InputError: there is no room for such models, or none of that shape; or no answer is spoken.
        EngineUnavailable: what they are made with is not installed.
    """
    foretold = foretell(Cast(advised.hears, advised.writes, advised.speaks))
    if foretold is None:
        raise InputError(
            "Nothing is predicted to be spoken with these models, so there is nothing to check; give --deadline or --memory more."
        )
    parts = until_done(_measured(advised, settings))
    predicted = {
        "final": foretold.final_s, "first_token": foretold.first_token_s, "first_phrase": foretold.first_phrase_s,
        "voice_to_voice": foretold.voice_to_voice_s,
    }  # fmt: skip
    return [Compared(part, value, parts[part]["p50"]) for part, value in predicted.items() if part in parts]


async def _measured(advised: Advised, settings: Settings) -> dict[str, Any]:
    async with _alike(advised, settings) as there:
        result = await measure(there, Variant("all"), settings, Conditions(TURNS, 0))
    found: dict[str, Any] = result["parts"]
    return found


@asynccontextmanager
async def _alike(advised: Advised, settings: Settings) -> AsyncGenerator[Profile, None]:
    plain = settings.model_copy(update={"models": ModelSettings(threads=settings.models.threads)})
    if advised.starter:
        async with profile("starter", plain) as there:
            yield there
        return
    with told("Making models of this shape") as tell:
        recognizer, language_model, voice = _recognizer(advised, tell), _language_model(advised, tell), _voice(advised, tell)
    async with shaped("alike", recognizer, language_model, voice, plain) as there:
        yield there


def _recognizer(advised: Advised, tell: Tell) -> Path:
    shape = advised.listening.shape
    if shape is None:
        return verified(STARTER.recognizers["en"])
    return whisper_alike(shape.width, shape.encoder_layers, shape.decoder_layers, tell)


def _language_model(advised: Advised, tell: Tell) -> Path:
    shape = advised.answering.shape
    if shape is None:
        return verified(STARTER.language_model)
    return llm_alike(shape.body_bytes, shape.head_bytes, advised.answering.width, Mix(shape.mix), tell)


def _voice(advised: Advised, tell: Tell) -> Path:
    match advised.speaking.quality:
        case 0:
            return verified(STARTER.voices["en"]) / "voice.onnx"
        case 1:
            return shape_model(VOICE, tell=tell)
        case _:
            raise InputError("There is no shape model of a high voice to check with; leave --check out, or take a smaller --deadline.")
