"""GGUF models on llama.cpp as a language model. One step costs one token, but the prompt is one step: its prefix is kept."""

from __future__ import annotations

import codecs
import ctypes
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import llama_cpp
from jinja2.sandbox import ImmutableSandboxedEnvironment

from assistant.engines import Message, Piece
from assistant.errors import EngineError, EngineUnavailable
from models.calls import CallParser

CONTEXT_TOKENS = 1024
BATCH_TOKENS = 128
"""A prompt is read in pieces of this size: a cancel waits for one of them at most."""

MEMORY_TURNS = 8
"""Earlier turns a model is shown, unless its file says otherwise under `parley.memory_turns`."""

_MARK = "\ue000{}\ue001"
"""Stands for a message's text while the template is laid out; from Unicode's private area, so no message contains it by chance."""


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
def _silent(_level: int, _text: bytes, _data: Any) -> None:
    """Drop llama.cpp's own log: what matters comes as an error."""


llama_cpp.llama_log_set(_silent, ctypes.c_void_p(0))


class LlamaEngine:
    """One model. Greedy: the likeliest token each time, so that the same words get the same answer."""

    def __init__(self, path: Path, *, threads: int, context: int = CONTEXT_TOKENS) -> None:
        """Load the model in the file `path`.

        Raises:
            EngineUnavailable: the file is no GGUF model, or has no chat template.
        """
        try:
            self._llama: Any = llama_cpp.Llama(
                str(path),
                n_ctx=context,
                n_batch=BATCH_TOKENS,
                n_ubatch=BATCH_TOKENS,
                n_threads=threads,
                n_threads_batch=threads,
                verbose=False,
            )
        except (ValueError, RuntimeError, OSError) as error:
            raise EngineUnavailable(f"The language model {path} cannot be loaded ({error}); put a complete GGUF file there.") from error
        template = self._llama.metadata.get("tokenizer.chat_template")
        if template is None:
            raise EngineUnavailable(f"The language model {path} has no chat template; take a model made for chat.")
        self._template = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True).from_string(template)
        self._context = context
        self.memory_turns = int(self._llama.metadata.get("parley.memory_turns", MEMORY_TURNS))
        self._end = {self._llama.token_eos(), llama_cpp.llama_vocab_eot(llama_cpp.llama_model_get_vocab(self._llama.model))}

    def generate(self, messages: Sequence[Message], most_tokens: int = 200) -> Iterator[Piece]:
        """Yield the pieces of the answer.

        Raises:
            EngineError: the prompt does not fit, or the answer cannot be read.
        """
        prompt = self.prompt(messages)
        room = self._context - len(prompt)
        if room < 8:
            raise EngineError(f"The conversation is {len(prompt)} tokens long and the model holds {self._context}; start a new one.")
        parser, decode = CallParser(), codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        tokens = self._llama.generate(prompt, temp=0.0, top_k=1, repeat_penalty=1.0, reset=True)
        try:
            for count, token in enumerate(tokens):
                if token in self._end or count >= min(room, most_tokens):
                    break
                yield from parser.push(decode(self._llama.detokenize([token], special=True)))
        finally:
            tokens.close()
        yield from parser.flush()

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Return the tokens of the model's own chat layout.

        What users say is tokenised apart from the layout, so nobody can speak a role token.
        """
        marked = [{"role": m.role, "content": _MARK.format(i)} for i, m in enumerate(messages)]
        laid_out = self._template.render(messages=marked, add_generation_prompt=True, bos_token="", eos_token="")
        tokens: list[int] = []
        for index, message in enumerate(messages):
            before, _, laid_out = laid_out.partition(_MARK.format(index))
            tokens += self._tokens(before, special=True)
            tokens += self._tokens(message.content, special=message.role == "assistant")
        return tokens + self._tokens(laid_out, special=True)

    def _tokens(self, text: str, *, special: bool) -> list[int]:
        found: list[int] = self._llama.tokenize(text.encode(), add_bos=False, special=special) if text else []
        return found

    def close(self) -> None:
        """Free the model."""
        self._llama.close()
