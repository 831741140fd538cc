"""What a domain pack gives a conversation; `models/packs/` reads it from a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistant.glossary import Glossary
from assistant.knowledge import Knowledge, Passage


@dataclass(frozen=True)
class Pack:
    """The words, the rules and the knowledge of a subject. What is by language has every language of the pack."""

    name: str
    """Small letters, digits and hyphens."""
    title: str
    """What it is about, as a person says it."""
    languages: tuple[str, ...]
    """ISO 639-1; the first where nothing tells which."""
    system: str
    """Instructions for a model that takes them."""
    tools: frozenset[str]
    """Of our own tools, those that may be called."""
    unknown: Mapping[str, str]
    """By language: what is said where the pack has no answer."""
    knowledge: Knowledge
    passages: tuple[Passage, ...]
    """All that `knowledge` finds."""
    words: tuple[str, ...] = ()
    """A question that holds one asks for the large model."""
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By language: what a recognizer shall expect, beside the glossary's terms."""
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By language: what one may ask."""
    glossary: Glossary = field(default_factory=Glossary)
    adapter: Path | None = None
    """A file that tells the starter model which passage a question means."""
    voices: Mapping[str, Path] = field(default_factory=dict)
    """By language: the file of a Piper voice that speaks, unless the settings name one."""
