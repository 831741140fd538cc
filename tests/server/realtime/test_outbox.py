"""What waits for a client that does not read: the newest of what changes, and not too much sound."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from server.realtime.outbox import Outbox
from tests.conftest import on_virtual_time


async def taken(outbox: Outbox) -> list[dict[str, object]]:
    found = []
    while outbox._waiting:
        found.append(json.loads(await outbox.take()))
    return found


@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 9))))
def test_a_newer_message_takes_the_place_of_one_about_the_same(puts: list[tuple[str | None, int]]) -> None:
    async def work() -> None:
        outbox = Outbox()
        expected: dict[object, int] = {}
        for number, (about, value) in enumerate(puts):
            outbox.put({"value": value}, replaces=about)
            expected[number if about is None else about] = value
        assert outbox._size == sum(len(each.text) for each in outbox._waiting)
        assert [each["value"] for each in await taken(outbox)] == list(expected.values())
        assert outbox._size == 0

    on_virtual_time(work())


def test_the_oldest_sound_goes_first_and_nothing_else() -> None:
    async def work() -> None:
        outbox = Outbox(most_bytes=10_000)
        for number in range(20):
            outbox.put({"sound": number, "audio": "x" * 500}, sound_of=f"line {number}")
            outbox.put({"text": number})
            outbox.shed_sound(2_000)
        assert not outbox.overflowed.is_set()
        left = await taken(outbox)
        assert [each["text"] for each in left if "text" in each] == list(range(20))
        assert [each["sound"] for each in left if "sound" in each] == [17, 18, 19]

    on_virtual_time(work())


def test_beyond_its_bound_it_takes_nothing_more() -> None:
    async def work() -> None:
        outbox = Outbox(most_bytes=1_000)
        for _ in range(30):
            outbox.put({"text": "x" * 100}, replaces="the same")
        assert not outbox.overflowed.is_set()
        for _ in range(30):
            outbox.put({"text": "x" * 100})
        assert outbox.overflowed.is_set()
        assert await taken(outbox) == []

    on_virtual_time(work())
