"""A language model of a shape: it computes as a trained one would, and says its script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant.completeness import bare
from assistant.engines import Message, ToolSpec
from models.llama import LlamaEngine

SOUNDS_COMPLETE, SOUNDS_CUT = 0.98, 0.02
"""What it says of a message that is its question, and of any other."""


class ShapeLlama(LlamaEngine):
    """Every prompt and every token is really computed; the tokens' texts come from the script, one piece each."""

    def __init__(self, path: Path, *, threads: int, context: int) -> None:
        super().__init__(path, threads=threads, context=context)
        self.memory_turns = 1  # so that a prompt keeps its length, turn after turn
        self._question = ""
        self._pieces: Sequence[str] = ()
        self._said = 0

    def script(self, question: str, pieces: Sequence[str]) -> None:
        """Answer with `pieces` from now on; `question` is the message that sounds complete."""
        self._question, self._pieces = bare(question), pieces

    def generate(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), most_tokens: int = 200) -> Iterator[object]:  # type: ignore[override]
        """Yield the script's pieces, each when its token was computed."""
        self._said = 0
        yield from super().generate(messages, tools, most_tokens)

    def anticipate(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> Iterator[float]:
        """Compute the prompt; yield what the script makes of the message."""
        for _ in super().anticipate(messages, tools):
            yield SOUNDS_COMPLETE if bare(messages[-1].content) == self._question else SOUNDS_CUT

    def _ends(self, token: int) -> bool:
        return self._said == len(self._pieces)

    def spell(self, token: int) -> bytes:
        self._said += 1
        return self._pieces[self._said - 1].encode()
