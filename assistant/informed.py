"""A language model that knows a pack: it reads a passage out, or answers from it, and claims nothing that no passage says."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from assistant.engines import Defer, LanguageModel, Message, Piece, ToolCall, ToolSpec, Translation, Used
from assistant.knowledge import By, Hit, answered_by, claimed
from assistant.lexicon import content, language_of
from assistant.pack import Pack
from assistant.respond import SYSTEM
from assistant.route import Doubt
from assistant.tools import SPECS, TOOLS

KNOWLEDGE = "knowledge"
"""How the use of a passage is called where tools are told."""

HEARD_BY_HEART = "en"
"""The language of what a model says and calls that takes no tools: it learned that by heart."""

FEW = 2
"""A question about so few things may go on from the one before, such as "And on Sunday?"."""

_ON = {"en": ("and", "or", "what about", "how about"), "es": ("y", "o", "que tal")}


@dataclass(frozen=True)
class Asked:
    """A question to a pack, and what it knows of it."""

    pack: Pack

    def passage(self, messages: Sequence[Message]) -> Hit | None:
        """Return the passage that answers the last question; one that goes on from the question before is asked with that."""
        asked = [message.content for message in messages if message.role == "user"]
        if not asked:
            return None
        hit = claimed(self.pack.knowledge.search(asked[-1]))
        if hit is None and len(asked) > 1 and self._goes_on(asked[-1]):
            return claimed(self.pack.knowledge.search(f"{asked[-2]} {asked[-1]}"))
        return hit

    def language(self, messages: Sequence[Message]) -> str:
        """Return the language of the last question."""
        asked = next((message.content for message in reversed(messages) if message.role == "user"), "")
        return language_of(asked, self.pack.languages)

    def messages(self, messages: Sequence[Message]) -> list[Message]:
        """Return the conversation as a model that takes instructions is shown it: with the pack's, and the passage behind the question.

        The passage stands there and not in the instructions, so that the beginning of the prompt stays the same.
        """
        hit = self.passage(messages)
        if hit is not None:
            note = f'(From "{hit.passage.name}": {hit.passage.answer} Answer from this, and say where you have it from.)'
        else:
            note = f"(No passage is about this. If it is about {self.pack.title}, say that you do not know.)"
        last = max((i for i, message in enumerate(messages) if message.role == "user"), default=-1)
        shown = [replace(m, content=f"{m.content}\n{note}") if i == last else m for i, m in enumerate(messages)]
        if shown and shown[0].role == "system":
            shown[0] = replace(shown[0], content=self._system(shown[0].content))
        return shown

    def tools(self, tools: Sequence[ToolSpec]) -> list[ToolSpec]:
        """Return the tools that the pack allows; a client's own always are."""
        return [spec for spec in tools if spec not in SPECS or spec.name in self.pack.tools]

    def _system(self, given: str) -> str:
        rest = given.removeprefix(SYSTEM).strip()
        return f"{self.pack.system}\n{rest}" if rest else self.pack.system

    def _goes_on(self, text: str) -> bool:
        language = language_of(text, self.pack.languages)
        begins = text.casefold().lstrip(" ¿¡").startswith(tuple(f"{word} " for word in _ON.get(language, ())))
        return begins and len(content(text, language)) <= FEW


@dataclass(frozen=True)
class Informed:
    """A `LanguageModel`."""

    model: LanguageModel
    asked: Asked

    @property
    def memory_turns(self) -> int:
        return self.model.memory_turns

    @property
    def takes_tools(self) -> bool:
        return self.model.takes_tools

    @property
    def threads(self) -> int:
        return self.model.threads

    async def generate(
        self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = (), most_tokens: int = 200
    ) -> AsyncGenerator[Piece, None]:
        """Yield the answer: the passage that was used, and its own words or those that a capable model makes of them."""
        hit, tools = self.asked.passage(messages), self.asked.tools(tools)
        if self.takes_tools:
            if hit is not None:
                yield Used(KNOWLEDGE, {"passage": hit.passage.name}, "")
            async with aclosing(self.model.generate(self.asked.messages(messages), tools=tools, most_tokens=most_tokens)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        tool = (await self._doubt(messages, tools)).tool
        if hit is not None and answered_by(hit, tool) is By.PASSAGE:
            yield Used(KNOWLEDGE, {"passage": hit.passage.name}, hit.passage.answer)
            return
        async with aclosing(self._by_heart(messages, tools, most_tokens)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Defer) and hit is not None:
                    yield Used(KNOWLEDGE, {"passage": hit.passage.name}, hit.passage.answer)
                    return
                yield piece

    async def _by_heart(self, messages: Sequence[Message], tools: Sequence[ToolSpec], most_tokens: int) -> AsyncGenerator[Piece, None]:
        """Yield what the model says without a passage; where it passes or calls what it may not, `Defer` and that there is no answer."""
        language = self.asked.language(messages)
        none = self.asked.pack.unknown[language]
        if language == HEARD_BY_HEART:
            allowed = self.asked.pack.tools | {spec.name for spec in tools}
            async with aclosing(self.model.generate(messages, tools=tools, most_tokens=most_tokens)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Defer) or (isinstance(piece, ToolCall) and piece.name in TOOLS and piece.name not in allowed):
                        break
                    yield piece
                else:
                    return
        yield Defer()
        yield none

    async def doubt(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> Doubt:
        """Return what the model thinks, knowing the pack: a passage leaves no doubt but that a tool is meant."""
        hit, tools = self.asked.passage(messages), self.asked.tools(tools)
        if self.takes_tools:
            return await self.model.doubt(self.asked.messages(messages), tools=tools)
        doubt = await self._doubt(messages, tools)
        if hit is not None:
            return Doubt(tool=0.0 if answered_by(hit, doubt.tool) is By.PASSAGE else doubt.tool)
        return doubt

    async def _doubt(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Doubt:
        if self.asked.language(messages) != HEARD_BY_HEART:
            return Doubt(defer=1.0)
        return await self.model.doubt(messages, tools=tools)

    async def anticipate(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> float:
        """Get ready for the question alone: which passage it needs is not known yet."""
        if self.takes_tools and messages and messages[0].role == "system":
            messages = [self.asked.messages(messages)[0], *messages[1:]]
        return await self.model.anticipate(messages, tools=self.asked.tools(tools))

    async def count(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> int:
        if self.takes_tools:
            messages, tools = self.asked.messages(messages), self.asked.tools(tools)
        return await self.model.count(messages, tools=tools)

    def translation(self, asked: Translation) -> list[Message]:
        return self.model.translation(asked)

    def translate(self, asked: Translation, *, most_tokens: int = 200) -> AsyncGenerator[str, None]:
        return self.model.translate(asked, most_tokens=most_tokens)

    async def limit_threads(self, most: int | None) -> None:
        await self.model.limit_threads(most)
