"""Shape models: public architectures with random weights, made on this machine. They do the work of the real ones, and say nothing.

So latency can be measured where no public weights are at hand. Each is made once, into a cache folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from assistant.errors import EngineUnavailable, InputError

Tell = Callable[[str], None]
"""Takes what is being done, a few words each time."""


@dataclass(frozen=True)
class Shape:
    """How one model is made."""

    write: Callable[[Path, Tell], None]
    """Writes it; the path is that of `file`, or of the folder."""
    file: str
    """What an engine is given, in the model's own folder; empty where that is the folder."""
    needs_mb: int
    """Disk space while it is made."""
    packages: tuple[str, ...] = ()
    """What only the making takes."""


def shape_model(name: str, folder: Path | None = None, tell: Tell = lambda _: None) -> Path:
    """Return the path of a shape model for its engine, making it where it is not there yet.

    Args:
        name: one of `SHAPES`.
        folder: where shape models are kept; the user's cache, if not given.
        tell: takes the progress.

    Raises:
        InputError: an unknown name, or a folder that cannot take the model.
        EngineUnavailable: a package is missing.
        EngineError: making it failed.
    """
    shape = SHAPES.get(name)
    if shape is None:
        raise InputError(f"There is no shape model {name!r}; choose from {', '.join(SHAPES)}.")
    return make_once(name, shape, folder, tell)


def make_once(name: str, shape: Shape, folder: Path | None = None, tell: Tell = lambda _: None) -> Path:
    """Return the path of a shape model under a name of its own, making it where it is not there yet.

    Raises:
        InputError, EngineUnavailable, EngineError: as `shape_model`.
    """
    kept = (folder or cache_folder()) / name
    try:
        if not kept.exists():
            _make(name, shape, kept, tell)
    except OSError as error:
        raise InputError(
            f"The shape model {name} cannot be written to {kept.parent} ({error}); make room or choose another folder."
        ) from error
    return kept / shape.file


def cache_folder() -> Path:
    """Return where shape models are kept, unless somebody says otherwise."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parley" / "shape"


def _make(name: str, shape: Shape, kept: Path, tell: Tell) -> None:
    """Make a model under a name of its own and rename it at the end, so that what is there is whole."""
    for package in shape.packages:
        if find_spec(package) is None:
            raise EngineUnavailable(
                f"Making the shape model {name} takes the package {package}; install what recipes need: pip install -e '.[recipe]'."
            )
    kept.parent.mkdir(parents=True, exist_ok=True)
    free_mb = shutil.disk_usage(kept.parent).free // 1_000_000
    if free_mb < shape.needs_mb:
        raise InputError(
            f"Making the shape model {name} takes {shape.needs_mb:,} MB and {kept.parent} has {free_mb:,}; make room or choose another folder."
        )
    tell(f"{name}: making it, which is done once")
    with tempfile.TemporaryDirectory(prefix=f"{name}.part-", dir=kept.parent) as part:
        made = Path(part) / name
        made.mkdir()
        shape.write(made / shape.file, lambda doing: tell(f"{name}: {doing}"))
        try:
            made.rename(kept)
        except OSError:
            if not kept.exists():  # else somebody else has made it meanwhile
                raise


def _write_whisper(size: str, path: Path, _tell: Tell, *, padded: bool = False) -> None:
    from models.shape import whisper

    whisper.write(path, {"tiny.en": whisper.TINY_EN, "base.en": whisper.BASE_EN}[size], padded=padded)


def _write_llm(size: str, path: Path, tell: Tell) -> None:
    from models.shape import llm

    llm.write(path, {"0.5b": llm.QWEN_05B, "1b": llm.LLAMA_1B}[size], tell)


def _write_probe_whisper(path: Path, _tell: Tell) -> None:
    from models.shape import probes, whisper

    whisper.write(path, probes.WIDE)


def _write_probe_llm(mix: str, path: Path, _tell: Tell) -> None:
    from models.shape import plain_gguf, probes

    plain_gguf.write(path, probes.LLM_PROBE[plain_gguf.Mix(mix)])


def _write_piper(path: Path, _tell: Tell) -> None:
    from models.shape import piper

    piper.write(path, piper.MEDIUM)


SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "whisper-tiny.en": Shape(partial(_write_whisper, "tiny.en"), "", 50),
        "whisper-tiny.en-padded": Shape(partial(_write_whisper, "tiny.en", padded=True), "", 50),
        "whisper-base.en": Shape(partial(_write_whisper, "base.en"), "", 90),
        "whisper-base.en-padded": Shape(partial(_write_whisper, "base.en", padded=True), "", 90),
        "qwen2.5-0.5b-q4_0": Shape(partial(_write_llm, "0.5b"), "model.gguf", 1_400, ("gguf",)),
        "llama-3.2-1b-q4_k_m": Shape(partial(_write_llm, "1b"), "model.gguf", 3_400, ("gguf",)),
        "piper-medium": Shape(_write_piper, "voice.onnx", 200, ("torch", "onnx")),
        "probe-whisper": Shape(_write_probe_whisper, "", 240),
        "probe-q4_0": Shape(partial(_write_probe_llm, "Q4_0"), "model.gguf", 260),
        "probe-q4_k_m": Shape(partial(_write_probe_llm, "Q4_K_M"), "model.gguf", 280),
    }
)
"""The names. Whisper models come in two kinds: one for audio of any length, and `-padded`, used as the public ones must be.
`probe-` are pieces that a machine is tried with."""
