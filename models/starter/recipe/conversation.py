"""What the language model learns from: conversations, their layout's marks, and the lines that say what it is to do."""

from __future__ import annotations

from dataclasses import dataclass

PAD, SYSTEM, USER, ASSISTANT, END, CALL, TOOL, DEFER = ROLES = (
    "<|pad|>", "<|sys|>", "<|user|>", "<|asst|>", "<|end|>", "<|call|>", "<|tool|>", "<|defer|>",
)  # fmt: skip
ASSISTANT_PROMPT = "You are Parley, a voice assistant."
TRANSLATE_PROMPTS = {"es": "Translate English to Spanish.", "en": "Translate Spanish to English."}

UNFINISHED = " ..."
"""Stands behind a user's text that goes on: the answer then ends where the text supports no more of it."""


@dataclass(frozen=True)
class Turn:
    user: str
    answer: str
    remembered: str = ""
    """The answer as a later turn's prompt shows it: a tool's sentence in the place of its call."""
    mark: str = ""
    """`UNFINISHED` behind a user's text that goes on. Neither the mark nor an end is learned there: nobody ended."""


@dataclass(frozen=True)
class Conversation:
    system: str
    turns: tuple[Turn, ...]
