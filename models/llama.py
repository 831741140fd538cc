"""GGUF models on llama.cpp as a language model. One step computes `BATCH_TOKENS` at most, of prompts or answers, and can be stopped;
what a prompt shares with one before it is kept.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import llama_cpp

from assistant.engines import Message, Piece, ToolSpec, Translation
from assistant.errors import EngineUnavailable
from assistant.route import Doubt
from models.cells import cells, parallel_of, sequences
from models.context import Context
from models.requests import Requests
from models.saved import goes_back_by_states
from models.sequences import Need

CONTEXT_TOKENS = 1024
BATCH_TOKENS = 128
"""The most tokens computed at once, which bounds the memory that it takes."""

Item = TypeVar("Item")


class LlamaEngine:
    """One model. Its own methods each answer one request alone; `requests` and `context` are for who has several to answer at once."""

    def __init__(self, path: Path, *, threads: int, context: int = CONTEXT_TOKENS, parallel: int | None = 1) -> None:
        """Load the model in the file `path`.

        Args:
            path: a GGUF file.
            threads: on so many it computes.
            context: the longest conversation, in tokens.
            parallel: so many requests are computed at once, as many as are worth it if None; a model that cannot go back in what
                it has read computes one.

        Raises:
            EngineUnavailable: the file is no GGUF model, or has no chat template that can be read; or it does not fit into memory.
        """
        try:
            self._llama: Any = llama_cpp.Llama(str(path), n_ctx=1, verbose=False)
        except (ValueError, RuntimeError, OSError) as error:
            raise EngineUnavailable(f"The language model {path} cannot be loaded ({error}); put a complete GGUF file there.") from error
        self.requests = self.asking(self._llama, context)
        self.threads = threads
        model = self._llama.model
        parallel = parallel_of(model, context, 1 if goes_back_by_states(model) else parallel)
        self._raw: Any = _raw_context(model, threads, cells(context, parallel), sequences(parallel))
        if not self._raw:
            raise EngineUnavailable(
                f"There is no memory for {parallel} conversations of {context} tokens with the language model {path}; set models.parallel or models.context_tokens lower."
            )
        self._free = weakref.finalize(self, llama_cpp.llama_free, self._raw)  # before the model, even where nobody closes
        self.context = Context(self._raw)
        self.context.measure()
        self.memory_turns, self.takes_tools = self.requests.memory_turns, self.requests.takes_tools
        self.wording = self.requests.wording

    @staticmethod
    def asking(llama: Any, room: int) -> Requests:
        """Return what is asked of a model that was loaded."""
        return Requests(llama, room)

    def generate(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), most_tokens: int = 200) -> Iterator[Piece]:
        """Yield the pieces of the answer; an empty one after each part of the prompt but the last. Otherwise as `Requests.generate`.

        Raises:
            EngineError: llama.cpp cannot compute it; or what is there.
        """
        return self._alone(self.requests.generate(messages, tools, most_tokens), "")

    def translate(self, asked: Translation, most_tokens: int) -> Iterator[str]:
        """Yield a translation with its terms, at its end; empty pieces on the way; see `translated`."""
        return self._alone(self.requests.translate(asked, most_tokens), "")

    def anticipate(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> Iterator[float]:
        """Yield how likely the last message is complete, 0 after each part of the prompt but the last. Otherwise as `Requests.anticipate`.

        Raises:
            EngineError: llama.cpp cannot compute it; or what is there.
        """
        return self._alone(self.requests.anticipate(messages, tools), 0.0)

    def doubt(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> Iterator[Doubt]:
        """Yield what it thinks of a question before its first word, at last; what is unknown after each part of the prompt but the last.

        Raises:
            EngineError: llama.cpp cannot compute it; or as `Requests.doubt`.
        """
        return self._alone(self.requests.doubt(messages, tools), Doubt())

    def chance(self, messages: Sequence[Message], token: str, tools: Sequence[ToolSpec] = ()) -> float:
        """Return how likely the answer begins with `token`, the text of one token such as `<|defer|>`, in [0, 1]."""
        *_, found = self._alone(self.requests.chance(messages, token, tools), 0.0)
        return found

    def compute(self, tokens: Sequence[int]) -> Iterator[None]:
        """Compute a sequence of tokens as far as it is new, a batch a step; yields between two, raises as `Context.reach`."""
        need = Need(list(tokens))
        try:
            yield from self.context.reach(need)
        finally:
            self.context.leave(need)

    def limit_threads(self, most: int | None) -> None:
        """Work on at most so many threads; None for all that were given."""
        threads = min(self.threads, most or self.threads)
        llama_cpp.llama_set_n_threads(self._raw, threads, threads)

    def prompt(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> list[int]:
        """Return the tokens of the model's own chat layout; see `Requests.prompt`."""
        return self.requests.prompt(messages, tools)

    def count(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> int:
        """Return how many tokens the prompt has."""
        return len(self.prompt(messages, tools))

    def spell(self, token: int) -> bytes:
        """Return how a token is written, in UTF-8 that may be cut."""
        return self.requests.spell(token)

    def stop(self) -> None:
        """End the step in flight within about a millisecond; its request may go on later. Called from any thread."""
        self.context.stop()

    def close(self) -> None:
        """Free the model."""
        self.context.close()
        self._free()
        self._llama.close()

    def _alone(self, request: Iterator[Need | Item], between: Item) -> Iterator[Item]:
        """Yield what a request gives, and `between` after each step that it needs but the last."""
        need = None
        try:
            for item in request:
                if not isinstance(item, Need):
                    yield item
                    continue
                if need is not None and need is not item:
                    self.context.leave(need)
                need = item
                for _ in self.context.reach(need):
                    yield between
        finally:
            if need is not None:
                self.context.leave(need)


def _raw_context(model: Any, threads: int, cells: int, sequences: int) -> Any:
    """Return a context of llama.cpp, which is null where there is no memory for it."""
    params = llama_cpp.llama_context_default_params()
    params.n_ctx = cells
    params.n_seq_max, params.kv_unified = sequences, True  # they share cells
    params.n_batch = params.n_ubatch = min(BATCH_TOKENS, params.n_ctx)
    params.n_threads = params.n_threads_batch = threads
    params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED  # on processors it takes longer
    return llama_cpp.llama_init_from_model(model, params)
