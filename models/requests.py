"""What is asked of a GGUF model. Each request yields what it needs computed, goes on once it has that, and yields what it gives."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import numpy as np

from assistant.engines import Message, Piece, ToolSpec, Translation
from assistant.errors import EngineUnavailable, PromptTooLong
from assistant.route import Doubt
from models.calls import LFM_OPEN, OPEN, STARTER_CALL, STARTER_DEFER, CallParser
from models.layout import ChatLayout, Part
from models.sequences import Logits, Need
from models.terms import translated
from models.translation import takes_terms, wording_of
from models.vocabulary import Vocabulary

LEAST_ROOM_TOKENS = 16
"""Left for the answer; a prompt that leaves less does not fit."""

LEAST_CHANCE = 1e-9
"""Of a token: less makes no difference, and nothing would have no logarithm."""

MEMORY_TURNS = 8
"""Earlier turns a model is shown, unless its file says otherwise under `parley.memory_turns`."""

_FINAL = re.compile(r"\s*[.?!…。？！]+[\"'”’»)]*")
"""A token that ends a sentence."""


class Requests:
    """Those of one model, which somebody else computes. Greedy: the likeliest token each time, so that the same words get the same answer."""

    def __init__(self, llama: Any, room: int) -> None:
        """Ask a model that was loaded; a prompt and its answer have `room` for so many tokens.

        Raises:
            EngineUnavailable: it has no chat template that can be read.
        """
        template = llama.metadata.get("tokenizer.chat_template")
        if template is None:
            raise EngineUnavailable(f"The language model {llama.model_path} has no chat template; take a model made for chat.")
        self._vocabulary = words = Vocabulary(llama)
        self._layout = ChatLayout(template, bos=words.name(words.bos), eos=words.name(llama.token_eos()))
        self._room = room
        self._final = [token for token in range(words.size) if _FINAL.fullmatch(words.spell(token, special=False).decode(errors="replace"))]
        self._roles = words.roles(self._layout.parts([Message("system", ""), Message("user", "")]))
        self._calls, self._defers = words.marks(STARTER_CALL, OPEN, LFM_OPEN), words.marks(STARTER_DEFER)
        self.takes_tools = self._layout.takes_tools
        name = llama.metadata.get("general.name", "")
        self.wording, self.takes_terms = wording_of(name), takes_terms(name)
        self.memory_turns = int(llama.metadata.get("parley.memory_turns", MEMORY_TURNS))

    def generate(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), most_tokens: int = 200) -> Iterator[Need | Piece]:
        """Give the pieces of the answer. If the last message is the assistant's, the answer begins with it, and what follows is given.

        Raises:
            PromptTooLong: the messages leave no room for an answer.
            CallTooLong: `most_tokens` end in the middle of a call.
            EngineError: the answer cannot be read.
        """
        need = Need(self.prompt(messages, tools))
        parser, decode = CallParser(), codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        for _ in range(min(self.left(need.tokens), most_tokens)):
            token = self._likeliest((yield from need.reach()))
            if self._vocabulary.ends(token):
                yield from parser.flush()
                return
            yield from parser.push(decode(self.spell(token)))
            need.tokens.append(token)
        yield from parser.cut()

    def translate(self, asked: Translation, most_tokens: int) -> Iterator[Need | str]:
        """Give a translation with its terms, at its end; see `translated`."""
        return translated(self, asked, most_tokens)

    def write(self, prompt: list[int], most_tokens: int) -> Generator[Need, None, tuple[list[int], list[float]]]:
        """Return the tokens of an answer and the logarithm of how likely each was."""
        need, chances = Need(list(prompt)), list[float]()
        for _ in range(min(self.left(prompt), most_tokens)):
            logits = yield from need.reach()
            token = self._likeliest(logits)
            if self._vocabulary.ends(token):
                break
            chances.append(_log_chance(logits, token))
            need.tokens.append(token)
        return need.tokens[len(prompt) :], chances

    def log_chances(self, prompt: list[int], tokens: Sequence[int]) -> Generator[Need, None, list[float]]:
        """Return the logarithm of how likely each token of an answer to another prompt is to this one.

        Raises:
            PromptTooLong: the model does not hold both.
        """
        self.left([*prompt, *tokens], 0)
        need, chances = Need(list(prompt)), list[float]()
        for token in tokens:
            chances.append(_log_chance((yield from need.reach()), token))
            need.tokens.append(token)
        return chances

    def anticipate(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> Iterator[Need | float]:
        """Have the prompt computed as far as the last message goes, which may grow; give how likely it is complete, in [0, 1].

        That is the probability that the model's own end of the message comes next, or a sign that ends a sentence. It costs
        nothing: an answer to a message that begins like this one finds its prompt computed.

        Raises:
            PromptTooLong: the messages leave no room for an answer.
        """
        *said, after = self._layout.parts(messages, tools)
        need = Need(self._vocabulary.prompt(said))
        self.left(need.tokens)
        logits = yield from need.reach()
        yield chance(logits, [*self._vocabulary.tokens(after.text, special=True)[:1], *self._final])

    def doubt(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> Iterator[Need | Doubt]:
        """Give what the model thinks of a question before its first word.

        Raises:
            PromptTooLong: the messages leave no room for an answer.
        """
        need = Need(self.prompt(messages, tools))
        self.left(need.tokens)
        logits = (yield from need.reach()).astype(np.float64)
        share = np.exp(logits - logits.max())
        share /= share.sum()
        entropy = -float(np.sum(share * np.log(np.maximum(share, LEAST_CHANCE))))
        yield Doubt(float(share[self._defers].sum()), float(share[self._calls].sum()), entropy)

    def chance(self, messages: Sequence[Message], token: str, tools: Sequence[ToolSpec] = ()) -> Iterator[Need | float]:
        """Give how likely the answer begins with `token`, the text of one token such as `<|defer|>`, in [0, 1]."""
        logits = yield from Need(self.prompt(messages, tools)).reach()
        yield chance(logits, self._vocabulary.tokens(token, special=True))

    def prompt(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> list[int]:
        """Return the tokens of the model's own chat layout.

        An assistant's message at the end is the beginning of the answer.
        """
        *asked, last = messages
        if last.role == "assistant":
            return self._vocabulary.prompt([*self._layout.parts(asked, tools), Part(last.content, said=True)])
        return self._vocabulary.prompt(self._layout.parts(messages, tools))

    def left(self, tokens: Sequence[int], least: int = LEAST_ROOM_TOKENS) -> int:
        """Return how many tokens an answer to this prompt may have.

        Raises:
            PromptTooLong: fewer than `least`.
        """
        left = self._room - len(tokens)
        if left < least:
            raise PromptTooLong(f"The conversation is {len(tokens)} tokens long and the model holds {self._room}; start a new one.")
        return left

    def spell(self, token: int) -> bytes:
        """Return how a token is written, in UTF-8 that may be cut."""
        return self._vocabulary.spell(token)

    def _likeliest(self, logits: Logits) -> int:
        """Return the likeliest token that begins nobody's turn."""
        token = int(np.argmax(logits))
        if token not in self._roles:
            return token
        logits = logits.copy()
        logits[self._roles] = -np.inf
        return int(np.argmax(logits))


def chance(logits: Logits, tokens: Sequence[int]) -> float:
    """Return how likely one of the tokens comes next."""
    share = np.exp(logits - logits.max())
    return float(share[list(tokens)].sum() / share.sum())


def _log_chance(logits: Logits, token: int) -> float:
    return math.log(max(chance(logits, [token]), LEAST_CHANCE))
