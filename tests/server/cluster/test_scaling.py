"""As many replicas as it takes for requests not to wait."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from models.worker import Worker
from server.cluster.scaling import FASTEST, LEAST_S, MOST_S, QUEUE, Queued, QueueTime, by_queue_time, wanted
from tests.models.counter import Counter


def test_one_at_a_time_waits_for_nobody() -> None:
    time = QueueTime(1, 0.0)
    for second in range(10):
        time.asked(second)
        time.answered(second + 0.9)
    assert time.take(10.0) == 0.0


def test_three_at_once_wait_for_each_other() -> None:
    time = QueueTime(1, 0.0)
    for _ in range(3):
        time.asked(0.0)
    for second in (1.0, 2.0, 3.0):
        time.answered(second)
    assert time.take(3.0) == pytest.approx((0 + 1 + 2) / 3)
    assert time.take(3.0) == 0.0


def test_who_has_a_seat_does_not_wait() -> None:
    time = QueueTime(3, 0.0)
    for _ in range(3):
        time.asked(0.0)
    assert time.take(5.0) == 0.0
    time.asked(5.0)
    assert time.take(6.0) == 1.0


@given(some.lists(some.tuples(some.floats(0.001, 10), some.floats(0.001, 5)), min_size=1, max_size=30))
def test_it_is_the_mean_of_what_each_has_waited(asked: list[tuple[float, float]]) -> None:
    """One after the other, who came first first."""
    free_s, came_s, waited_s, facts = 0.0, 0.0, 0.0, []
    for after_s, takes_s in asked:
        came_s += after_s
        begins_s = max(free_s, came_s)
        waited_s, free_s = waited_s + begins_s - came_s, begins_s + takes_s
        facts += [(came_s, 0), (free_s, 1)]
    time = QueueTime(1, 0.0)
    for at_s, over in sorted(facts):
        (time.answered if over else time.asked)(at_s)
    assert time.take(free_s) == pytest.approx(waited_s / len(asked), abs=1e-6)


@given(some.floats(0, 100), some.integers(1, 64))
def test_there_are_more_where_it_is_too_long_and_fewer_where_it_is_nothing(queue_s: float, replicas: int) -> None:
    more = wanted(queue_s, replicas)
    assert 1 <= more <= FASTEST * replicas
    if queue_s > MOST_S:
        assert more > replicas
    elif queue_s >= LEAST_S:
        assert more == replicas
    else:
        assert more == max(1, replicas - 1)


def context(**told: float) -> SimpleNamespace:
    return SimpleNamespace(aggregated_metrics={QUEUE: told} if told else {}, current_num_replicas=max(1, len(told)), target_num_replicas=7)


def test_the_policy_takes_the_mean_of_all_replicas() -> None:
    assert by_queue_time(context(a=0.0, b=3 * MOST_S)) == (3, {})
    assert by_queue_time(context(a=0.0, b=0.0)) == (1, {})
    assert by_queue_time(context()) == (7, {}), "who was told nothing changes nothing"


def test_an_engine_s_queue_is_counted_whatever_becomes_of_a_request() -> None:
    async def work() -> None:
        worker = Worker(lambda: Counter(0.02), "counter")
        await worker.ready()
        queued = Queued(worker, 1, asyncio.get_running_loop().time)

        async def read() -> int:
            return len([n async for n in queued.stream("count", 3)])

        assert await read() == 3
        assert queued.queue_s() == 0.0
        many = [asyncio.create_task(queued.call("add", 1)) for _ in range(3)]
        await asyncio.sleep(0)
        many[2].cancel()
        await asyncio.wait(many)
        assert await queued.call("add", 1) == 2
        steps = queued.stream("count", 1000)
        await anext(steps)
        await steps.aclose()
        queued.queue_s()
        await asyncio.sleep(0.05)
        assert queued.queue_s() == 0.0
        await worker.close()

    asyncio.run(work())
