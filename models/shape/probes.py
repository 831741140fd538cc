"""Pieces of models that a machine is tried with: as wide as real ones, and only so many layers that a minute is enough."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from models.shape.plain_gguf import Decoder, Mix
from models.shape.whisper import TINY_EN, WhisperShape

WIDE = WhisperShape(width=768, layers=3, heads=12)
"""Three of the twelve layers of small."""

WHISPER_PROBES: Mapping[str, WhisperShape] = MappingProxyType({"whisper-tiny.en": TINY_EN, "probe-whisper": WIDE})

LLM_PROBE: Mapping[Mix, Decoder] = MappingProxyType({mix: Decoder(1536, 4096, 12, 32_768, mix) for mix in Mix})
"""0.3 B; the weights are more than most caches hold."""
