"""The shape models as the engines of a session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from assistant.engines import Word

Script = Callable[[Sequence[Word], str, Sequence[str]], Awaitable[None]]
"""Says what is heard next, its text, and the pieces of the answer."""

RECOGNIZER, LANGUAGE_MODEL, VOICE = "whisper-base.en", "qwen2.5-0.5b-q4_0", "piper-medium"

CONTEXT_TOKENS = 2048
