"""A language model of a shape: it computes as a trained one would, and says its script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assistant.completeness import bare
from assistant.engines import Message, Piece, ToolSpec
from models.calls import CallParser
from models.llama import LlamaEngine
from models.requests import Requests
from models.sequences import Need

SOUNDS_COMPLETE, SOUNDS_CUT = 0.98, 0.02
"""What it says of a message that is its question, and of any other."""


class ShapeRequests(Requests):
    """Every prompt and every token is really computed; the tokens' texts come from the script, one piece each."""

    def __init__(self, llama: Any, room: int) -> None:
        super().__init__(llama, room)
        self.memory_turns = 1  # so that a prompt keeps its length, turn after turn
        self.question = ""
        self.pieces: Sequence[str] = ()

    def generate(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), most_tokens: int = 200) -> Iterator[Need | Piece]:
        """Give the script's pieces, each when its token was computed."""
        parser, need = CallParser(), Need(self.prompt(messages, tools))
        for piece in self.pieces[: min(self.left(need.tokens), most_tokens)]:
            token = self._likeliest((yield from need.reach()))
            yield from parser.push(piece)
            need.tokens.append(token)
        yield from need.reach()  # a trained one says that this is the end
        yield from parser.flush()

    def anticipate(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> Iterator[Need | float]:
        """Have the prompt computed; give what the script makes of the message."""
        for item in super().anticipate(messages, tools):
            if isinstance(item, Need):
                yield item
            else:
                yield SOUNDS_COMPLETE if bare(messages[-1].content) == self.question else SOUNDS_CUT


class ShapeLlama(LlamaEngine):
    """A model of a shape with its script."""

    requests: ShapeRequests

    def __init__(self, path: Path, *, threads: int, context: int, parallel: int | None = 1) -> None:
        super().__init__(path, threads=threads, context=context, parallel=parallel)

    @staticmethod
    def asking(llama: Any, room: int) -> ShapeRequests:
        """Return what is asked of a model that was loaded."""
        return ShapeRequests(llama, room)

    def script(self, question: str, pieces: Sequence[str]) -> None:
        """Answer with `pieces` from now on; `question` is the message that sounds complete."""
        self.requests.question, self.requests.pieces = bare(question), pieces
