"""A small model and a large one answer as one: who is asked is decided for each question, and told; there is an answer whatever the network does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeAlias

from assistant.engines import Defer, LanguageModel, Message, Piece, ToolSpec
from assistant.errors import EngineError
from assistant.redaction import Redaction
from assistant.route import Decision, Rules, Signals, To, decide

_WORD = re.compile(r"[\w'’]+")


class LargeModel(Protocol):
    """A model that is not on this machine, or costs money."""

    @property
    def reachable(self) -> bool:
        """Whether there is somebody to ask."""
        ...

    @property
    def first_s(self) -> float | None:
        """How long the first word mostly took; None if it is not known."""
        ...

    def most_usd(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> float | None:
        """Return what an answer costs at most; None if that is not known."""
        ...

    def left_usd(self, session: str) -> float:
        """Return what may still be spent in a session."""
        ...

    def answer(
        self, messages: Sequence[Message], *, tools: Sequence[ToolSpec], session: str, redaction: Redaction, told: Callable[[str], None]
    ) -> AsyncGenerator[Piece, None]:
        """Yield an answer; `told` is called with the name of who gives it.

        Raises:
            EngineError: there is none, or it broke off.
        """
        ...


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who answers this question, and why."""

    to: str
    """`small`, `ask`, or the name of who answers."""
    why: str


@dataclass(frozen=True)
class Lines:
    """What is said around the answers of a large model."""

    opener: str = "One moment, I'm asking a larger model."
    """When its first word is not there at once."""
    ask: str = "I would have to ask a large model on the internet. Shall I?"
    broken: str = "The connection broke off here."
    yes: tuple[str, ...] = ("yes", "yes please", "please do", "sure", "ok", "okay", "go ahead", "do it", "yeah")


@dataclass(frozen=True)
class Patience:
    """How long the large model is waited for, in seconds."""

    opener_s: float = 0.5
    """Until the opener is said."""
    wait_s: float = 4.0
    """Until the small model answers in its place."""
    hedge_s: float = 1.0
    """The same where both have begun."""


Answered: TypeAlias = "Piece | Chosen"


@dataclass
class Router:
    """What one conversation asks. It remembers a question that waits for the user's yes."""

    large: LargeModel
    rules: Rules
    session: str
    patience: Patience = Patience()
    lines: Lines = Lines()
    redaction: Redaction = field(default_factory=Redaction)
    wanted: Callable[[str], bool] = lambda _: False
    """Whether a question asks for the large model by itself."""
    _waiting: str | None = None

    async def answer(
        self,
        small: LanguageModel,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        released: Callable[[], Awaitable[None]],
        most_tokens: int = 200,
    ) -> AsyncGenerator[Answered, None]:
        """Yield who answers, and the answer; nothing leaves the machine before `released`. The small model may write `most_tokens`."""
        agreed, messages = self._agreed(messages)
        decision = await self._decided(small, messages, tools, agreed=agreed)
        match decision.to:
            case To.SMALL:
                yield Chosen("small", decision.why)
                async with aclosing(small.generate(messages, tools=tools, most_tokens=most_tokens)) as pieces:
                    async for piece in pieces:
                        yield piece
            case To.ASK:
                await released()  # a question is waited for only once
                self._waiting = messages[-1].content
                yield Chosen("ask", decision.why)
                yield self.lines.ask
            case To.LARGE | To.BOTH:
                await released()
                async with aclosing(
                    self._raced(partial(small.generate, messages, tools=tools, most_tokens=most_tokens), messages, tools, decision)
                ) as answered:
                    async for each in answered:
                        yield each

    def _agreed(self, messages: Sequence[Message]) -> tuple[bool, Sequence[Message]]:
        """Return whether the user says yes to what was asked before, and the conversation with that question at its end."""
        waiting, self._waiting = self._waiting, None
        if waiting is None or " ".join(_WORD.findall(messages[-1].content.lower())) not in self.lines.yes:
            return False, messages
        return True, [*messages[:-1], Message("user", waiting)]

    async def _decided(self, small: LanguageModel, messages: Sequence[Message], tools: Sequence[ToolSpec], *, agreed: bool) -> Decision:
        signals = Signals(
            await small.doubt(messages, tools=tools),
            wanted=self.wanted(messages[-1].content),
            agreed=agreed,
            hosted_s=self.large.first_s,
            wait_s=self.patience.wait_s,
            cost_usd=self.large.most_usd(messages, tools),
            left_usd=self.large.left_usd(self.session),
            reachable=self.large.reachable,
        )
        return decide(signals, self.rules)

    async def _raced(
        self,
        small: Callable[[], AsyncGenerator[Piece, None]],
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        decision: Decision,
    ) -> AsyncGenerator[Answered, None]:
        names: list[str] = []
        large = _Running(self.large.answer(messages, tools=tools, session=self.session, redaction=self.redaction, told=names.append))
        local = _Running(small()) if decision.to is To.BOTH else None
        try:
            began_s, wait_s = asyncio.get_running_loop().time(), self.patience.hedge_s if local else self.patience.wait_s
            there = await large.begun(min(self.patience.opener_s, wait_s))
            if not there and not large.failed and not local:
                yield self.lines.opener + " "
            if not there and not large.failed:
                there = await large.begun(began_s + wait_s - asyncio.get_running_loop().time())
            if there:
                yield Chosen(names[0] if names else "large", decision.why)
                try:
                    async for piece in large:
                        yield piece
                except EngineError:
                    yield f" … {self.lines.broken}"
                return
            why = large.failed or f"the large model took longer than {wait_s:g} s"
            await large.close()
            yield Chosen("small", why)
            local = local or _Running(small())
            async for piece in local:
                yield piece
        finally:
            await large.close()
            if local is not None:
                await local.close()


class _Running:
    """An answer that goes on while it is not read."""

    def __init__(self, pieces: AsyncGenerator[Piece, None]) -> None:
        self._pieces = pieces
        self._queue: asyncio.Queue[Piece | EngineError | None] = asyncio.Queue()
        self._first = asyncio.Event()
        self.failed: str | None = None
        """Why there is no answer."""
        self._task = asyncio.create_task(self._pull(), name="answer")

    async def _pull(self) -> None:
        try:
            async with aclosing(self._pieces):
                async for piece in self._pieces:
                    self._queue.put_nowait(piece)
                    if not isinstance(piece, Defer):
                        self._first.set()
            if not self._first.is_set():
                self.failed = "the answer was empty"
            self._queue.put_nowait(None)
        except EngineError as error:
            if not self._first.is_set():
                self.failed = str(error)
            self._queue.put_nowait(error)
        finally:
            if self.failed is not None:
                self._first.set()

    async def begun(self, within_s: float) -> bool:
        """Wait for its first word; False if it is not there by then, or never will be."""
        try:
            async with asyncio.timeout(max(within_s, 0.0)):
                await self._first.wait()
        except TimeoutError:
            return False
        return self.failed is None

    def __aiter__(self) -> _Running:
        return self

    async def __anext__(self) -> Piece:
        piece = await self._queue.get()
        if piece is None:
            raise StopAsyncIteration
        if isinstance(piece, EngineError):
            raise piece
        return piece

    async def close(self) -> None:
        """End it."""
        self._task.cancel()
        await asyncio.wait([self._task])
