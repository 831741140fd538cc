"""What makes each engine: on a worker's thread, or as the first thing in a process of its own, which waits for these imports and no others."""

from __future__ import annotations

from pathlib import Path

from models.starter import STARTER, verified


def whisper(path: Path | None, language: str, threads: int) -> object:
    """Make a recognizer; the starter model's without a path."""
    from models.whisper import WhisperEngine

    return WhisperEngine(path or verified(STARTER.recognizers[language]), language, threads=threads)


def llama(path: Path | None, context: int, parallel: int | None, threads: int) -> object:
    """Make a language model that holds `parallel` conversations of `context` tokens at once; the starter model without a path."""
    from models.llama import LlamaEngine

    return LlamaEngine(path or verified(STARTER.language_model), threads=threads, context=context, parallel=parallel)


def smart_turn(path: Path) -> object:
    """Make a turn detector."""
    from models.smart_turn import SmartTurn

    return SmartTurn(path)


def starter_voice(language: str, threads: int) -> object:
    """Make the starter voice of a language, in a process of its own as `piper_voice`."""
    return piper_voice(verified(STARTER.voices[language]) / "voice.onnx", threads)


def piper_voice(path: Path, threads: int) -> object:
    """Make a Piper voice, in a process of its own, the only one that may load the package."""
    from models.piper import PiperVoice

    return PiperVoice(path, threads=threads)
