"""One of those who talk: a connection in real time, one utterance after the other, and what comes of each."""

from __future__ import annotations

import asyncio
import json
import random
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from clients.bench.load.exchange import LOST, OVERTAKEN, UNANSWERED, Exchange
from clients.bench.load.speech import FRAME_S, QUIET, Saying
from clients.bench.load.tally import Tally
from clients.desktop.wire import Message, extensions, text, update

LONGEST_S = 20.0
"""After so long without an answer the next utterance follows."""

AGAIN_S = 1.0
"""Who was refused without a word of when to come back tries again after so long."""

BETWEEN_S = 0.3
"""The least silence between two utterances that a rate brings together."""


@dataclass(frozen=True)
class Server:
    """Who is talked to."""

    url: str
    key: str | None = None

    def connection(self) -> connect:
        """Return a new connection, not open yet."""
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return connect(self.url, additional_headers=headers, compression=None, max_size=None, max_queue=None, proxy=None, close_timeout=1)


class Caller:
    """Talks until it is late enough, and comes back when the connection breaks."""

    def __init__(self, server: Server, number: int, turns: Iterator[tuple[float, Saying]], rate: float | None, tally: Tally) -> None:
        """Prepare to talk.

        Args:
            server: who is talked to.
            number: of this session, from 0.
            turns: what is said, each with the silence before it.
            rate: turns a minute, whoever is late; None: the next one follows when the reply was heard.
            tally: takes what comes of it.
        """
        self._server, self.number, self._turns, self._rate, self._tally = server, number, turns, rate, tally
        self._loop = asyncio.get_running_loop()
        self._socket: ClientConnection | None = None
        self._said: deque[tuple[str, float | None, Exchange]] = deque()
        self._exchange: Exchange | None = None
        self._changed = asyncio.Event()
        self._rng = random.Random(number)

    @property
    def connected(self) -> bool:
        """Whether there is a connection at the moment."""
        return self._socket is not None

    def reset(self) -> None:
        """Break the connection off without a word, if there is one."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def run(self, until_s: float) -> None:
        """Talk until then on the event loop's clock; an utterance that is under way is waited for."""
        while self._loop.time() < until_s and (again_s := await self._connected(until_s)) is not None:
            await self._wait_until(min(self._loop.time() + again_s, until_s))

    async def _connected(self, until_s: float) -> float | None:
        """Hold one connection; return after how long the next one may follow, None if all was said."""
        try:
            async with self._server.connection() as socket:
                self._socket = socket
                self._tally.connections += 1
                self._tally.held.add(self.number)
                await self._hold(socket, until_s)
                return None
        except InvalidStatus as refused:
            self._tally.refusals[str(refused.response.status_code)] += 1
            after = refused.response.headers.get("Retry-After", "")
            return float(after) if after.isdigit() else AGAIN_S
        except ConnectionClosed:
            self._tally.lost += 1
            return 0.0
        except (OSError, InvalidHandshake, TimeoutError):
            self._tally.refusals["unreachable"] += 1
            return AGAIN_S
        finally:
            self._socket = None

    async def _hold(self, socket: ClientConnection, until_s: float) -> None:
        await socket.send(json.dumps(update(push=False)))
        await socket.send(json.dumps(extensions(["x.degraded"])))
        self._said.clear()
        works = [
            self._loop.create_task(self._read(socket), name="reader"),
            self._loop.create_task(self._talk(socket), name="microphone"),
            self._loop.create_task(self._converse(until_s), name="person"),
        ]
        try:
            done, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in works:
                task.cancel()
            await asyncio.wait(works)
        for task in done:
            if task.exception() is not None and self._exchange is not None:
                self._exchange.fail(LOST)
        for task in done:
            task.result()

    # --- the person ----------------------------------------------------------------------------------------------------

    async def _converse(self, until_s: float) -> None:
        counts, due_s = False, self._loop.time()
        for gap_s, saying in self._turns:
            if self._rate is None:
                next_s = self._loop.time() + gap_s
            else:
                due_s += self._rng.expovariate(self._rate / 60)  # what is said late makes nothing later, or there were fewer turns
                next_s = max(due_s, self._loop.time() + BETWEEN_S)
            if next_s >= until_s:
                break
            await self._wait_until(next_s)
            await self._say(saying, counts=counts)
            counts = True
        if self._exchange is not None and not self._exchange.over:
            await self._over(self._exchange, LONGEST_S)

    async def _say(self, saying: Saying, *, counts: bool) -> None:
        """Say it; return when the reply was heard, or, at a rate, when it was said."""
        earlier = self._exchange
        if earlier is not None and not earlier.over:
            if earlier.first_s is None:
                earlier.give_up(OVERTAKEN)
            earlier.over = True
        self._exchange = exchange = Exchange(self.number, counts)
        self._tally.exchanges.append(exchange)
        last = min(int(saying.ended_s / FRAME_S), len(saying.frames) - 1)
        for number, frame in enumerate(saying.frames):
            self._said.append((frame, (number + 1) * FRAME_S - saying.ended_s if number == last else None, exchange))
        if self._rate is not None:
            await asyncio.sleep(len(saying.frames) * FRAME_S)
            return
        await self._over(exchange, len(saying.frames) * FRAME_S + LONGEST_S)
        if exchange.played_s is not None:
            await self._wait_until(exchange.played_s)

    async def _over(self, exchange: Exchange, within_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not exchange.over:
                    self._changed.clear()
                    await self._changed.wait()
        exchange.give_up(UNANSWERED)

    async def _wait_until(self, at_s: float) -> None:
        await asyncio.sleep(max(0.0, at_s - self._loop.time()))

    # --- the connection ------------------------------------------------------------------------------------------------

    async def _talk(self, socket: ClientConnection) -> None:
        """Send what is said, and quiet otherwise, as a microphone does."""
        next_s = self._loop.time() + FRAME_S * self._rng.random()  # sessions do not speak in step
        while True:
            await self._wait_until(next_s)
            frame, before_end_s, exchange = self._said.popleft() if self._said else (QUIET, None, None)
            now_s = self._loop.time()  # not when it was sent: a server that is too busy to read keeps the person waiting, too
            self._tally.late_s.append(now_s - next_s)
            if exchange is not None and before_end_s is not None:
                exchange.ended_s = now_s - before_end_s
            await socket.send(frame)
            next_s += FRAME_S

    async def _read(self, socket: ClientConnection) -> None:
        while True:
            event: Message = json.loads(await socket.recv())
            now_s = self._loop.time()
            if text(event, "type") == "x.degraded":
                self._tally.degraded[text(event, "what")] += 1
            if self._exchange is not None:
                self._exchange.push(event, now_s)
                if self._exchange.over:
                    self._changed.set()
