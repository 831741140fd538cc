"""A door lets in who has the secret, reads no frame of anybody else, and waits for nobody."""

from __future__ import annotations

import asyncio
import pickle

import numpy as np
import pytest

from assistant.errors import EngineError, InputError
from models.asking import Died
from models.frames import framed
from server.cluster import door as doors
from server.cluster import wire
from server.cluster.greeting import MARK, NUMBER_BYTES, PROOF_BYTES, DoorGreeting, GuestGreeting, Stranger, new_secret
from server.cluster.line import Line
from tests.models.counter import Counter
from tests.models.working import run, until
from tests.server.cluster.doors import HOST, SECRET, counting


class Trap:
    """Whoever unpickles it is caught."""

    caught = False

    def __reduce__(self) -> tuple[object, ...]:
        return (setattr, (Trap, "caught", True))


def test_two_with_the_secret_know_each_other() -> None:
    door, guest = DoorGreeting(SECRET), GuestGreeting(SECRET)
    assert guest.begin() == b""
    answer = guest.push(door.begin())
    assert len(answer) == NUMBER_BYTES + PROOF_BYTES == door.wants
    assert guest.push(door.push(answer)) == b""
    assert door.wants == guest.wants == 0


def test_neither_end_takes_a_stranger() -> None:
    door, guest = DoorGreeting(SECRET), GuestGreeting(new_secret())
    with pytest.raises(Stranger, match="secret"):
        door.push(guest.push(door.begin()))
    door, guest = DoorGreeting(SECRET), GuestGreeting(SECRET)
    guest.push(door.begin())
    with pytest.raises(Stranger, match="secret"):
        guest.push(bytes(PROOF_BYTES))
    with pytest.raises(Stranger, match="no door"):
        GuestGreeting(SECRET).push(b"HTTP/1.1 400 Bad Request" + bytes(16))


def test_a_proof_cannot_be_sent_back_or_used_again() -> None:
    door, guest = DoorGreeting(SECRET), GuestGreeting(SECRET)
    answer = guest.push(door.begin())
    proof = door.push(answer)
    with pytest.raises(Stranger):
        guest.push(answer[NUMBER_BYTES:])  # its own
    other = DoorGreeting(SECRET)
    other.begin()
    with pytest.raises(Stranger):
        other.push(answer)
    again = GuestGreeting(SECRET)
    again.push(other.begin())
    with pytest.raises(Stranger):
        again.push(proof)


def test_it_is_asked_as_a_worker_is() -> None:
    async def work() -> None:
        async with counting() as (place, worker, _):
            line = Line(place.host, place.port, SECRET)
            assert (await line.begin()).step_s == 0.5
            assert await line.asking.call("add", (2,), {"b": 3}) == 5
            assert [n async for n in line.asking.stream("count", (4,), {})] == [0, 1, 2, 3]
            with pytest.raises(EngineError, match=r"counter failed \(OSError: the disk is gone\)"):
                await line.asking.call("fail", (), {})
            with pytest.raises(InputError, match="Not that"):
                await line.asking.call("refuse", (), {})
            steps = worker.steps
            line.close()
            assert await line.over == "was closed"
            assert steps > 4

    run(work())


def test_sound_goes_there_and_back() -> None:
    class Echo:
        def twice(self, sound: np.ndarray) -> np.ndarray:
            return 2 * sound

    async def work() -> None:
        async with counting(Echo) as (place, _, _):
            line = Line(place.host, place.port, SECRET)
            await line.begin()
            sound = np.random.default_rng(0).normal(0, 0.1, 480_000).astype(np.float32)
            assert np.array_equal(await line.asking.call("twice", (sound,), {}), 2 * sound)
            line.close()

    run(work())


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Return what else comes before the end."""
    try:
        return await reader.read()
    except ConnectionError:
        return b""


@pytest.mark.parametrize(
    "said",
    [b"GET / HTTP/1.1\r\nHost: door\r\n\r\n" * 8, framed(("ping",)) * 8, framed(Trap()) * 8, bytes(64), b"\xff" * 100_000],
    ids=["http", "frames", "a trap", "zeros", "too much"],
)
def test_who_does_not_greet_is_closed_and_nothing_of_it_is_read(said: bytes) -> None:
    assert pickle.loads(pickle.dumps(Trap())) is None
    assert Trap.caught
    Trap.caught = False

    async def work() -> None:
        async with counting() as (place, _, door):
            reader, writer = await asyncio.open_connection(place.host, place.port)
            assert (await reader.readexactly(len(MARK) + NUMBER_BYTES)).startswith(MARK)
            writer.write(said)
            async with asyncio.timeout(5):
                assert await rest(reader) == b""
            writer.close()
            await until(lambda: not door._strangers)
            assert not door._guests

    run(work())
    assert not Trap.caught


def test_who_has_another_secret_is_closed() -> None:
    async def work() -> None:
        async with counting() as (place, _, door):
            with pytest.raises(Died, match="closed"):
                await Line(place.host, place.port, new_secret()).begin()
            assert not door._guests

    run(work())


def test_a_guest_does_not_believe_every_door() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(MARK + bytes(NUMBER_BYTES) + bytes(PROOF_BYTES) + framed(Trap()))

    async def work() -> None:
        async with await asyncio.start_server(serve, HOST, 0) as server:
            with pytest.raises(Died, match="secret"):
                await Line(HOST, server.sockets[0].getsockname()[1], SECRET).begin()
        assert not Trap.caught

    run(work())


def test_who_greets_slowly_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "GREETING_S", 0.2)

    async def work() -> None:
        async with counting() as (place, _, door):
            reader, writer = await asyncio.open_connection(place.host, place.port)
            writer.write(b"x" * (NUMBER_BYTES + PROOF_BYTES - 1))
            async with asyncio.timeout(5):
                await rest(reader)
            writer.close()
            await until(lambda: not door._strangers)

    run(work())


def test_many_strangers_keep_nobody_out_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "MOST_STRANGERS", 2)
    monkeypatch.setattr(wire, "GREETING_S", 0.3)

    async def work() -> None:
        async with counting() as (place, _, door):
            writers = [(await asyncio.open_connection(place.host, place.port))[1] for _ in range(2)]
            await until(lambda: len(door._strangers) == 2)
            with pytest.raises(Died, match="closed"):
                await Line(place.host, place.port, SECRET).begin()
            await until(lambda: not door._strangers)
            line = Line(place.host, place.port, SECRET)
            await line.begin()
            line.close()
            for writer in writers:
                writer.close()

    run(work())


def test_a_port_that_nobody_listens_at_says_so(unused_port: int) -> None:
    async def work() -> None:
        with pytest.raises(Died, match="cannot be reached"):
            await Line(HOST, unused_port, SECRET).begin()

    run(work())


def test_who_asked_and_is_gone_is_worked_for_no_more() -> None:
    async def work() -> None:
        async with counting(lambda: Counter(0.01)) as (place, worker, _):
            line = Line(place.host, place.port, SECRET)
            await line.begin()
            steps = line.asking.stream("count", (1_000_000,), {})
            await anext(steps)
            line.close()
            await steps.aclose()
            await until(lambda: not worker.queued)
            done = await worker.call("add", 1)  # asserts in the engine that nothing is open
            assert done == 2

    run(work())


def test_a_door_that_closes_lets_what_is_under_way_finish() -> None:
    async def work() -> None:
        async with counting(lambda: Counter(0.02)) as (place, _, door):
            line = Line(place.host, place.port, SECRET)
            await line.begin()
            reading = asyncio.create_task(_all(line, 10))
            await asyncio.sleep(0.05)
            await door.close()
            assert await reading == list(range(10))
            assert await line.over == "closed the connection"

    run(work())


async def _all(line: Line, count: int) -> list[int]:
    return [n async for n in line.asking.stream("count", (count,), {})]
