"""A line whose connections break: what is sent, how often it is tried, and when it is given up. The connections are the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any, cast

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from assistant.errors import InputError
from clients.desktop.line import GIVE_UP_S, MOST_S, MOST_WAITING, Line
from clients.desktop.link import Link, Unreachable
from tests.conftest import Run


class Wire:
    """A connection that says some events, and breaks after a while; one that is slow takes nothing."""

    def __init__(self, *said: str, breaks_s: float = 1.0, reason: str = "gone", slow: bool = False) -> None:
        self._said, self._breaks_s, self._reason, self._slow = list(said), breaks_s, reason, slow
        self.sent: list[dict[str, Any]] = []
        self.closed = False

    async def receive(self) -> dict[str, Any]:
        if self._said:
            return {"type": self._said.pop(0)}
        await asyncio.sleep(self._breaks_s)
        raise ConnectionClosedError(Close(1001, self._reason), None)

    async def send(self, message: dict[str, Any]) -> None:
        if self._slow:
            await asyncio.Event().wait()
        self.sent.append(message)

    async def close(self) -> None:
        self.closed = True


class Told:
    """What a line tells, and the line, which dials with `dial`."""

    def __init__(self, dial: Callable[[], Any]) -> None:
        self.received: list[str] = []
        self.lost: list[str] = []
        self.tries_s: list[float] = []

        async def dialled() -> Link:
            self.tries_s.append(asyncio.get_running_loop().time())
            return cast("Link", dial())

        self.line = Line(
            dialled,
            connected=lambda: self.line.send({"type": "hello"}),
            received=lambda message: self.received.append(message["type"]),
            lost=self.lost.append,
        )


def refuses(after_s: float | None = None) -> Callable[[], Any]:
    def dial() -> Any:
        raise Unreachable("Nothing listens there.", after_s)

    return dial


def test_comes_back_and_says_hello_again(virtual: Run) -> None:
    wires = [Wire("a", "b"), Wire("c"), Wire(breaks_s=1e9)]

    async def work() -> None:
        told = Told(lambda: wires[len(told.tries_s)])
        running = asyncio.create_task(told.line.run(cast("Link", wires[0])))
        await asyncio.sleep(100)
        assert told.line.open
        running.cancel()
        await asyncio.wait([running])
        assert not told.line.open
        assert told.received == ["a", "b", "c"]
        assert told.lost == ["gone", "gone"]
        assert [wire.sent for wire in wires] == [[{"type": "hello"}]] * 3
        assert all(wire.closed for wire in wires)

    virtual(work())


def test_gives_up_after_a_minute(virtual: Run) -> None:
    async def work() -> None:
        told = Told(refuses())
        with pytest.raises(
            InputError, match=r"^The connection was lost \(gone\) and did not come back within 60 s: Nothing listens there\.$"
        ):
            await told.line.run(cast("Link", Wire()))
        told.line.send({"type": "into the void"})
        waits = [after - before for before, after in pairwise(told.tries_s)]
        assert told.tries_s[0] == 1.0, "the first try is at once"
        assert all(later >= sooner for sooner, later in pairwise(waits) if later < MOST_S)
        assert max(waits) <= 1.25 * MOST_S
        assert GIVE_UP_S - 2.5 * MOST_S < told.tries_s[-1] - told.tries_s[0] <= GIVE_UP_S

    virtual(work())


def test_waits_as_long_as_the_server_asks(virtual: Run) -> None:
    async def work() -> None:
        told = Told(refuses(20.0))
        with pytest.raises(InputError):
            await told.line.run(cast("Link", Wire()))
        assert told.tries_s == [1.0, 21.0, 41.0, 61.0]

    virtual(work())


def test_what_waiting_does_not_mend_ends_it_at_once(virtual: Run) -> None:
    async def work() -> None:
        def dial() -> Any:
            raise InputError("The key is wrong.")

        told = Told(dial)
        with pytest.raises(InputError, match="The key is wrong"):
            await told.line.run(cast("Link", Wire()))
        assert len(told.tries_s) == 1

    virtual(work())


def test_a_network_that_takes_nothing_is_left(virtual: Run) -> None:
    async def work() -> None:
        told = Told(refuses())
        running = asyncio.create_task(told.line.run(cast("Link", Wire(breaks_s=1e9, slow=True))))
        await asyncio.sleep(1)
        for _ in range(MOST_WAITING + 2):
            told.line.send({"type": "sound"})
        await asyncio.sleep(1)
        assert told.lost == ["it takes no more sound"]
        running.cancel()
        await asyncio.wait([running])

    virtual(work())
