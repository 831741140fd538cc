"""The models: the starter ones are whole, the user's own can be read and are of the right kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from assistant.errors import ParleyError
from assistant.sections import ModelSettings
from clients.doctor.finding import Finding, from_error, ok, problem
from clients.doctor.probe import Given, Probe

Kind: TypeAlias = Literal["recognizer", "language model", "voice", "turn detector"]

HEAD = 64
"""Bytes at the beginning of a file that tell its kind."""

RIGHT = {
    "recognizer": "a folder with a Whisper model in CTranslate2's format",
    "language model": "a GGUF file",
    "voice": "a Piper voice, NAME.onnx with NAME.onnx.json beside it",
    "turn detector": "an ONNX file of smart-turn v3",
}

MB = 1e6


@dataclass(frozen=True)
class Whole:
    """A part of the starter models with all its bytes as shipped, or what is wrong with it."""

    name: str
    bytes: int
    wrong: ParleyError | None = None


@dataclass(frozen=True)
class Own:
    """A model that the settings name, as far as it was looked into."""

    key: str
    kind: Kind
    path: Path
    head: bytes = b""
    """Of the file with its weights."""
    bytes: int = 0
    beside: frozenset[str] = frozenset()
    """Names of the files in its folder."""
    voice_rate_hz: int | None = None
    """What a voice's JSON tells."""
    unreadable: str = ""


@dataclass(frozen=True)
class Models:
    """All of them."""

    starter: Sequence[Whole]
    own: Sequence[Own]


def judge(seen: Models) -> list[Finding]:
    """Say what is thought of the models."""
    broken = [from_error(whole.name, whole.wrong) for whole in seen.starter if whole.wrong]
    good = [whole for whole in seen.starter if not whole.wrong]
    whole_bytes = sum(whole.bytes for whole in good)
    sentence = f"{', '.join(whole.name for whole in good)}: {whole_bytes / MB:.0f} MB, every byte as shipped."
    starter = [ok("Starter models", sentence, bytes=whole_bytes, names=[whole.name for whole in good])] if good else []
    return [*starter, *broken, *map(_own, seen.own)]


def _own(own: Own) -> Finding:
    values = {"path": str(own.path), "kind": own.kind}
    if wrong := wrong_with(own):
        remedy = f"Put {RIGHT[own.kind]} there, or correct {own.key} in the settings."
        return problem(own.key, f"{own.path} {wrong}.", remedy, **values)
    return ok(own.key, f"{own.path}, {own.bytes / MB:.0f} MB, looks like {RIGHT[own.kind]}.", bytes=own.bytes, **values)


def wrong_with(own: Own) -> str:
    """Return what is wrong with one of the user's models, as it goes on behind its path; nothing if it looks right."""
    if own.unreadable:
        return own.unreadable
    match own.kind:
        case "recognizer" if missing := _missing(own.beside):
            return f"has no {missing}"
        case "recognizer" if b"WhisperSpec" not in own.head:
            return "holds no Whisper model in CTranslate2's format"
        case "language model" if not own.head.startswith(b"GGUF"):
            return "is no GGUF file"
        case "voice" if f"{own.path.name}.json" not in own.beside:
            return f"has no {own.path.name}.json beside it"
        case "voice" if own.voice_rate_hz is None:
            return f"has a {own.path.name}.json beside it that tells no audio.sample_rate"
        case "voice" | "turn detector" if not own.head.startswith(b"\x08"):  # a protobuf whose first field is ONNX's version
            return "is no ONNX file"
    return ""


def _missing(beside: frozenset[str]) -> str:
    if "config.json" not in beside:
        return "config.json"
    if "tokenizer.json" not in beside:
        return "tokenizer.json"
    return "" if any(name.startswith("vocabulary.") for name in beside) else "vocabulary.json"


def look(given: Given) -> Models:
    """Read every byte of the starter models, and the beginnings of the others."""
    models = given.settings.models
    return Models(list(_starter()), [looked_into(*named) for named in named_in(models)])


def named_in(models: ModelSettings) -> Iterator[tuple[str, Kind, Path]]:
    """Yield key, kind and path of each model that the settings name."""
    for language, path in models.recognizers.items():
        yield f"models.recognizers.{language}", "recognizer", path
    if models.language_model:
        yield "models.language_model", "language model", models.language_model
    for language, path in models.voices.items():
        yield f"models.voices.{language}", "voice", path
    if models.turn_detector:
        yield "models.turn_detector", "turn detector", models.turn_detector


def looked_into(key: str, kind: Kind, path: Path) -> Own:
    """Open one of the user's models."""
    weights = path / "model.bin" if kind == "recognizer" else path
    try:
        if kind == "recognizer" and path.exists() and not path.is_dir():
            return Own(key, kind, path, unreadable="is no folder")
        with weights.open("rb") as file:
            head = file.read(HEAD)
        beside = frozenset(each.name for each in weights.parent.iterdir())
        return Own(key, kind, path, head, weights.stat().st_size, beside, _rate_hz(path) if kind == "voice" else None)
    except FileNotFoundError:
        return Own(key, kind, path, unreadable="has no model.bin" if path.is_dir() else "is not there")
    except OSError as error:
        return Own(key, kind, path, unreadable=f"cannot be read ({error.strerror})")


def _rate_hz(path: Path) -> int | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        return int(json.loads(path.with_name(f"{path.name}.json").read_text())["audio"]["sample_rate"])
    return None


def _starter() -> Iterator[Whole]:
    from models.starter import STARTER, verified

    for name in (*STARTER.recognizers.values(), STARTER.language_model, *STARTER.voices.values()):
        try:
            path = verified(name)
        except ParleyError as error:
            yield Whole(name.partition("/")[0], 0, error)
        else:
            files = [path] if path.is_file() else [file for file in path.iterdir() if file.is_file()]
            yield Whole(name.partition("/")[0], sum(file.stat().st_size for file in files))


PROBE = Probe("Models", 40, look, judge, limit_s=60)
