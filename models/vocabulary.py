"""The tokens of a GGUF model: of texts, of whole prompts, and what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import llama_cpp

from models.calls import STARTER_CALL
from models.layout import Part


class Vocabulary:
    """What a model's file says of its tokens."""

    def __init__(self, llama: llama_cpp.Llama) -> None:
        self._llama: Any = llama
        self._raw = llama_cpp.llama_model_get_vocab(llama.model)
        self.bos: int = llama.token_bos()
        self.size: int = llama.n_vocab()

    def prompt(self, parts: Sequence[Part]) -> list[int]:
        """Return the tokens of a prompt. What anybody says is tokenised apart from the layout, so nobody can speak a role token."""
        tokens = [token for part in parts for token in self.tokens(part.text, special=not part.said)]
        if llama_cpp.llama_vocab_get_add_bos(self._raw) and tokens[:1] != [self.bos]:
            return [self.bos, *tokens]
        return tokens

    def tokens(self, text: str, *, special: bool) -> list[int]:
        """Return the tokens of a text; `special`: with those that the layout is made of."""
        found: list[int] = self._llama.tokenize(text.encode(), add_bos=False, special=special) if text else []
        return found

    def spell(self, token: int, *, special: bool = True) -> bytes:
        """Return how a token is written, in UTF-8 that may be cut."""
        return bytes(self._llama.detokenize([token], special=special))

    def name(self, token: int) -> str:
        """Return what the file calls a token; nothing if it has none such."""
        return "" if token < 0 else bytes(llama_cpp.llama_vocab_get_text(self._raw, token)).decode()

    def ends(self, token: int) -> bool:
        """Tell whether an answer is over. llama.cpp also counts a token named as the starter model's calls begin."""
        return bool(llama_cpp.llama_vocab_is_eog(self._raw, token)) and self.name(token) != STARTER_CALL

    def roles(self, parts: Sequence[Part]) -> list[int]:
        """Return the tokens of a layout that begin somebody's turn, which nobody says."""
        tokens = {token for part in parts if not part.said for token in self.tokens(part.text, special=True)}
        return [token for token in self._controls(sorted(tokens)) if not self.ends(token)]

    def marks(self, *texts: str) -> list[int]:
        """Return the tokens of those texts that are one token of control each."""
        found = [self.tokens(text, special=True) for text in texts]
        return self._controls(tokens[0] for tokens in found if len(tokens) == 1)

    def _controls(self, tokens: Iterable[int]) -> list[int]:
        return [token for token in tokens if llama_cpp.llama_vocab_is_control(self._raw, token)]
