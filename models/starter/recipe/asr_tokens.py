"""The recognizer's vocabulary: 1,024 byte-level BPE tokens of its own, Whisper's special tokens, and letters for CTC."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

TEXT_TOKENS = 1024
END, START, NO_TIMES, PREVIOUS = "<|endoftext|>", "<|startoftranscript|>", "<|notimestamps|>", "<|startofprev|>"
SPECIALS = [
    END, START, "<|en|>", "<|es|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>", PREVIOUS, "<|nospeech|>", NO_TIMES,
    *(f"<|{i * 0.02:.2f}|>" for i in range(1501)),
]  # fmt: skip

LETTERS = " abcdefghijklmnopqrstuvwxyz'áéíóúñü?!.,¿¡"
_LETTER_IDS = {letter: i + 1 for i, letter in enumerate(LETTERS)}  # 0 is CTC's blank
CTC_SYMBOLS = len(LETTERS) + 1


def make_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """Train the tokenizer on texts; every text is meant to start with a space, as Whisper writes it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=TEXT_TOKENS, initial_alphabet=alphabet, special_tokens=[], show_progress=False)
    tokenizer.train_from_iterator((f" {text}" for text in texts), trainer)
    tokenizer.add_special_tokens(SPECIALS)
    return tokenizer


def load_tokenizer(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def letter_ids(text: str) -> list[int]:
    """Return the CTC symbols of a text, lower-cased; letters it does not know are left out."""
    return [_LETTER_IDS[c] for c in text.lower() if c in _LETTER_IDS]
