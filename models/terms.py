"""A translation with the terms of a glossary in it, of any model that can tell how likely a text is to it."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from assistant.engines import Message, Translation
from assistant.glossary import whole_words
from models.constrain import Draft, missing, words
from models.sequences import Need
from models.translation import Wording


class Writer(Protocol):
    """What is asked of a model; what it yields is what it needs computed."""

    wording: Wording
    takes_terms: bool
    """Whether it makes good use of the terms it is given."""

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Return the tokens of a prompt."""
        ...

    def write(self, prompt: list[int], most_tokens: int) -> Generator[Need, None, tuple[list[int], list[float]]]:
        """Return the tokens of an answer and the logarithm of how likely each was."""
        ...

    def log_chances(self, prompt: list[int], tokens: Sequence[int]) -> Generator[Need, None, list[float]]:
        """Return the logarithm of how likely each token of an answer to another prompt is to this one."""
        ...

    def spell(self, token: int) -> bytes:
        """Return how a token is written, in UTF-8 that may be cut."""
        ...


def translated(model: Writer, asked: Translation, most_tokens: int) -> Iterator[Need | str]:
    """Yield a translation with its terms, at its end; what it needs computed on the way.

    That of a finished sentence holds them all. That of one which goes on, or of which a part is certain, holds those whose place is sure.

    Raises:
        InputError: the model does not know one of the languages.
        PromptTooLong: the text leaves no room for a translation.
        EngineError: the model failed.
    """

    def read(tokens: Sequence[int]) -> str:
        return b"".join(map(model.spell, tokens)).decode(errors="replace")

    if model.takes_terms:
        tokens, _ = yield from model.write(model.prompt(model.wording(asked)), most_tokens)
        if not any(missing(asked.begun + read(tokens), word) for _, word in asked.terms):
            yield read(tokens)
            return
    tokens, chances = yield from model.write(model.prompt(model.wording(replace(asked, terms=()))), most_tokens)
    said = words(list(map(model.spell, tokens)))
    draft = Draft(asked.begun, [read(tokens[each.start : each.stop]) for each in said])
    for term, word in asked.terms:
        times = len(whole_words([term]).findall(asked.text))
        if left := missing(asked.begun + str(draft), word, times):
            with_term = yield from model.log_chances(model.prompt(model.wording(replace(asked, terms=((term, word),)))), tokens)
            losses = [sum(chances[i] - with_term[i] for i in each) for each in said]
            must = asked.finished and not asked.begun and left == times
            draft.put(word, losses, max(len(term.split()), len(word.split())), times=left, must=must)
    yield str(draft)
