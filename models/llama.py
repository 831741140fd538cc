"""GGUF models on llama.cpp as a language model. One step costs `BATCH_TOKENS` of the prompt or one token of the answer, and can be
stopped; what a prompt shares with the one before it is kept.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np

from assistant.engines import Message, Piece, ToolSpec, Translation
from assistant.errors import EngineUnavailable, PromptTooLong
from assistant.route import Doubt
from models.calls import LFM_OPEN, OPEN, STARTER_CALL, STARTER_DEFER, CallParser
from models.context import Context
from models.layout import ChatLayout, Part
from models.terms import translated
from models.translation import takes_terms, wording_of
from models.vocabulary import Vocabulary

CONTEXT_TOKENS = 1024
BATCH_TOKENS = 128
"""The most tokens computed at once, which bounds the memory that it takes."""

LEAST_ROOM_TOKENS = 16
"""Left for the answer; a prompt that leaves less does not fit."""

LEAST_CHANCE = 1e-9
"""Of a token: less makes no difference, and nothing would have no logarithm."""

MEMORY_TURNS = 8
"""Earlier turns a model is shown, unless its file says otherwise under `parley.memory_turns`."""

_FINAL = re.compile(r"\s*[.?!…。？！]+[\"'”’»)]*")
"""A token that ends a sentence."""


class LlamaEngine:
    """One model. Greedy: the likeliest token each time, so that the same words get the same answer."""

    def __init__(self, path: Path, *, threads: int, context: int = CONTEXT_TOKENS) -> None:
        """Load the model in the file `path`.

        Raises:
            EngineUnavailable: the file is no GGUF model, or has no chat template that can be read.
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
        self._vocabulary = words = Vocabulary(self._llama)
        self._layout = ChatLayout(template, bos=words.name(words.bos), eos=words.name(self._llama.token_eos()))
        self._room, self.threads = context, threads
        self._context = Context(self._llama)
        self._final = [token for token in range(words.size) if _FINAL.fullmatch(words.spell(token, special=False).decode(errors="replace"))]
        self._roles = words.roles(self._layout.parts([Message("system", ""), Message("user", "")]))
        self._calls, self._defers = words.marks(STARTER_CALL, OPEN, LFM_OPEN), words.marks(STARTER_DEFER)
        self.takes_tools = self._layout.takes_tools
        name = self._llama.metadata.get("general.name", "")
        self.wording, self.takes_terms = wording_of(name), takes_terms(name)
        self.memory_turns = int(self._llama.metadata.get("parley.memory_turns", MEMORY_TURNS))

    def generate(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), most_tokens: int = 200) -> Iterator[Piece]:
        """Yield the pieces of the answer; an empty one after each part of the prompt but the last.

        If the last message is the assistant's, the answer begins with it, and what follows is yielded.

        Raises:
            PromptTooLong: the messages leave no room for an answer.
            CallTooLong: `most_tokens` end in the middle of a call.
            EngineError: the answer cannot be read.
        """
        tokens = self.prompt(messages, tools)
        room = self._left(tokens)
        parser, decode = CallParser(), codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        for _ in range(min(room, most_tokens)):
            for _ in self._context.reach(tokens):
                yield ""
            token = self._likeliest()
            if self._ends(token):
                yield from parser.flush()
                return
            yield from parser.push(decode(self.spell(token)))
            tokens.append(token)
        yield from parser.cut()

    def translate(self, asked: Translation, most_tokens: int) -> Iterator[str]:
        """Yield a translation with its terms, at its end; empty pieces on the way; see `translated`."""
        return translated(self, asked, most_tokens)

    def write(self, prompt: list[int], most_tokens: int) -> Generator[str, None, tuple[list[int], list[float]]]:
        """Return the tokens of an answer and the logarithm of how likely each was."""
        tokens, chances = list[int](), list[float]()
        for _ in range(min(self._left(prompt), most_tokens)):
            for _ in self._context.reach([*prompt, *tokens]):
                yield ""
            token = self._likeliest()
            if self._ends(token):
                break
            chances.append(self._log_chance(token))
            tokens.append(token)
            yield ""
        return tokens, chances

    def log_chances(self, prompt: list[int], tokens: Sequence[int]) -> Generator[str, None, list[float]]:
        """Return the logarithm of how likely each token of an answer to another prompt is to this one."""
        chances = []
        for place, token in enumerate(tokens):
            for _ in self._context.reach([*prompt, *tokens[:place]]):
                yield ""
            chances.append(self._log_chance(token))
        return chances

    def anticipate(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> Iterator[float]:
        """Compute the prompt as far as the last message goes, which may grow; yield how likely it is complete, in [0, 1].

        That is the probability that the model's own end of the message comes next, or a sign that ends a sentence. It costs
        nothing: an answer to a message that begins like this one finds its prompt computed. Yields 0 after each
        part but the last.

        Raises:
            PromptTooLong: the messages leave no room for an answer.
            EngineError: llama.cpp cannot compute them.
        """
        *said, after = self._layout.parts(messages, tools)
        tokens = self._vocabulary.prompt(said)
        self._left(tokens)
        for _ in self._context.reach(tokens):
            yield 0.0
        yield self._chance([*self._vocabulary.tokens(after.text, special=True)[:1], *self._final])

    def doubt(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> Iterator[Doubt]:
        """Yield what it thinks of a question before its first word, at last; what is unknown after each part of the prompt but the last.

        Raises:
            PromptTooLong: the messages leave no room for an answer.
            EngineError: llama.cpp cannot compute them.
        """
        tokens = self.prompt(messages, tools)
        self._left(tokens)
        for _ in self._context.reach(tokens):
            yield Doubt()
        logits = self._context.logits.astype(np.float64)
        share = np.exp(logits - logits.max())
        share /= share.sum()
        entropy = -float(np.sum(share * np.log(np.maximum(share, LEAST_CHANCE))))
        yield Doubt(float(share[self._defers].sum()), float(share[self._calls].sum()), entropy)

    def chance(self, messages: Sequence[Message], token: str, tools: Sequence[ToolSpec] = ()) -> float:
        """Return how likely the answer begins with `token`, the text of one token such as `<|defer|>`, in [0, 1]."""
        for _ in self._context.reach(self.prompt(messages, tools)):
            pass
        return self._chance(self._vocabulary.tokens(token, special=True))

    def _likeliest(self) -> int:
        """Return the likeliest token that begins nobody's turn."""
        logits = self._context.logits
        token = int(np.argmax(logits))
        if token not in self._roles:
            return token
        logits = logits.copy()
        logits[self._roles] = -np.inf
        return int(np.argmax(logits))

    def _chance(self, tokens: list[int]) -> float:
        """Return how likely one of the tokens comes next."""
        logits = self._context.logits
        share = np.exp(logits - logits.max())
        return float(share[tokens].sum() / share.sum())

    def _log_chance(self, token: int) -> float:
        return math.log(max(self._chance([token]), LEAST_CHANCE))

    def limit_threads(self, most: int | None) -> None:
        """Work on at most so many threads; None for all that were given."""
        threads = min(self.threads, most or self.threads)
        llama_cpp.llama_set_n_threads(self._llama.ctx, threads, threads)

    def prompt(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> list[int]:
        """Return the tokens of the model's own chat layout.

        An assistant's message at the end is the beginning of the answer.
        """
        *asked, last = messages
        if last.role == "assistant":
            return self._vocabulary.prompt([*self._layout.parts(asked, tools), Part(last.content, said=True)])
        return self._vocabulary.prompt(self._layout.parts(messages, tools))

    def count(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> int:
        """Return how many tokens the prompt has."""
        return len(self.prompt(messages, tools))

    def _left(self, tokens: Sequence[int]) -> int:
        """Return how many tokens an answer to this prompt may have.

        Raises:
            PromptTooLong: too few.
        """
        left = self._room - len(tokens)
        if left < LEAST_ROOM_TOKENS:
            raise PromptTooLong(f"The conversation is {len(tokens)} tokens long and the model holds {self._room}; start a new one.")
        return left

    def spell(self, token: int) -> bytes:
        """Return how a token is written, in UTF-8 that may be cut."""
        return self._vocabulary.spell(token)

    def _ends(self, token: int) -> bool:
        return self._vocabulary.ends(token)

    def compute(self, tokens: Sequence[int]) -> Iterator[None]:
        """Compute a sequence of tokens as far as it is new, a batch a step; yields between two, raises as `Context.reach`."""
        return self._context.reach(tokens)

    def stop(self) -> None:
        """End the step in flight within about a millisecond; its request may go on later. Called from any thread."""
        self._context.stop()

    def close(self) -> None:
        """Free the model."""
        self._context.close()
        self._llama.close()
