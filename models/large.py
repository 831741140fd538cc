"""The large model: several providers in order, within a budget, told no more than they need."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from assistant.engines import Message, Piece, ToolCall, ToolSpec
from assistant.errors import EngineError
from assistant.latency import percentile
from assistant.redaction import Redaction, Revealing
from models.circuit import Circuit
from models.hosted import Failure, Hosted, counted, unavailable
from models.ledger import Ledger
from models.prices import Usage

MOST_TOKENS = 300
"""Of an answer: spoken, that is more than a minute."""

REMEMBERED = 20
"""First words, by which the next one is predicted."""

ATTEMPTS, LEAST_PAUSE_S, MOST_PAUSE_S = 2, 0.1, 0.5
"""Of one provider: a second attempt follows a short pause, drawn by chance, and only before the first word."""


@dataclass
class _Asked:
    """A provider and what is known of it."""

    hosted: Hosted
    circuit: Circuit = field(default_factory=Circuit)
    first_s: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))


class Large:
    """What one process knows of its providers. Conversations share it."""

    def __init__(self, providers: Sequence[Hosted], ledger: Ledger, *, most_tokens: int = MOST_TOKENS, rng: Random | None = None) -> None:
        self._asked = [_Asked(hosted) for hosted in providers]
        self._ledger, self.most_tokens, self._rng = ledger, most_tokens, rng or Random()

    def most_usd(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> float | None:
        """Return what the provider that would be asked may cost; None if that is not known."""
        first = next(iter(self._open()), None)
        return None if first is None else first.hosted.most_usd(messages, tools, self.most_tokens)

    def left_usd(self, session: str) -> float:
        """Return what may still be spent in a session."""
        return self._ledger.left(session)

    @property
    def reachable(self) -> bool:
        """Whether there is somebody to ask."""
        return bool(self._open())

    @property
    def first_s(self) -> float | None:
        """How long the first word mostly took; None if it is not known."""
        first = next(iter(self._open()), None)
        return percentile(first.first_s, 0.9) if first is not None and first.first_s else None

    def _open(self) -> list[_Asked]:
        now_s = asyncio.get_running_loop().time()
        return [each for each in self._asked if each.circuit.allows(now_s)]

    async def answer(
        self, messages: Sequence[Message], *, tools: Sequence[ToolSpec], session: str, redaction: Redaction, told: Callable[[str], None]
    ) -> AsyncGenerator[Piece, None]:
        """Yield the answer of the first provider that gives one.

        Args:
            messages: the conversation; what `redaction` finds stays here.
            tools: what it may call.
            session: whose budget it is.
            redaction: what must not leave the machine, and how it comes back.
            told: called with the name of the provider whose words follow.

        Raises:
            EngineUnavailable: nobody answered, or there is no money.
            EngineError: an answer broke off.
        """
        hidden = [replace(message, content=redaction.hide(message.content)) for message in messages]
        reasons = []
        for each in self._open():
            for attempt in range(ATTEMPTS):
                if attempt:
                    await asyncio.sleep(self._rng.uniform(LEAST_PAUSE_S, MOST_PAUSE_S))
                begun = False
                try:
                    async with aclosing(_revealed(self._one(each, hidden, tools, session), redaction)) as pieces:
                        async for piece in pieces:
                            if not begun:
                                told(each.hosted.provider.name)
                                begun = True
                            yield piece
                    return
                except Failure as failure:
                    if begun:
                        raise EngineError(str(failure)) from failure
                    reasons.append(str(failure))
                    if not failure.again or failure.retry_after_s is not None:
                        break
                except _NoMoneyError as error:
                    reasons.append(str(error))
                    break
        raise unavailable(reasons)

    async def _one(
        self, asked: _Asked, messages: Sequence[Message], tools: Sequence[ToolSpec], session: str
    ) -> AsyncGenerator[Piece, None]:
        provider, loop = asked.hosted.provider, asyncio.get_running_loop()
        most_usd = asked.hosted.most_usd(messages, tools, self.most_tokens)
        number = self._ledger.reserve(session, provider.name, provider.model, most_usd or 0.0, priced=most_usd is not None)
        if number is None:
            raise _NoMoneyError(f"An answer of {provider.name} may cost ${most_usd or 0:.4f}, and ${self.left_usd(session):.4f} are left.")
        began_s, written, usage, costs = loop.time(), "", None, True
        asked.circuit.begin()
        try:
            async with aclosing(asked.hosted.answer(messages, tools=tools, most_tokens=self.most_tokens)) as parts:
                async for part in parts:
                    if isinstance(part, Usage):
                        usage = part
                        continue
                    if not written:
                        asked.first_s.append(loop.time() - began_s)
                    written += part if isinstance(part, str) else repr(part)
                    yield part
            asked.circuit.worked()
        except Failure as failure:
            asked.circuit.failed(loop.time(), failure.retry_after_s)
            costs = bool(written) or failure.costs
            raise
        finally:
            asked.circuit.gave_up()
            used = counted(usage, messages, tools, written, asked.hosted.most_tokens_read(messages, tools), self.most_tokens)
            if not costs:
                used = Usage(0, 0)
            elif used.told_usd is not None and most_usd is not None and used.told_usd > most_usd:
                used = replace(used, told_usd=None, estimated=True)  # it cannot have cost more than the longest answer
            self._ledger.settle(number, provider.price.cost(used) if provider.price is not None else used.told_usd or 0.0, used)

    async def close(self) -> None:
        """End the connections and close the ledger."""
        for each in self._asked:
            await each.hosted.close()
        self._ledger.close()


class _NoMoneyError(EngineError):
    """The budget does not hold the answer."""


async def _revealed(pieces: AsyncGenerator[Piece, None], redaction: Redaction) -> AsyncGenerator[Piece, None]:
    """Yield the pieces with what was hidden put back."""
    revealing = Revealing(redaction)
    async with aclosing(pieces):
        async for piece in pieces:
            if isinstance(piece, ToolCall):
                yield ToolCall(piece.name, _shown(piece.arguments, redaction))
            elif not isinstance(piece, str):
                yield piece
            elif shown := revealing.push(piece):
                yield shown
    if rest := revealing.flush():
        yield rest


def _shown(value: Any, redaction: Redaction) -> Any:
    """Return arguments with what was hidden put back into their texts."""
    match value:
        case str():
            return redaction.show(value)
        case list():
            return [_shown(each, redaction) for each in value]
        case dict():
            return {redaction.show(key): _shown(each, redaction) for key, each in value.items()}
        case _:
            return value
