"""A replica begins where there are fewest of its like, if there is room; one that comes back again and again begins where it is."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.sections import ModelSettings
from models.plan import Planned
from server.cluster import housing
from server.cluster.asked import called
from server.cluster.head import Head
from server.cluster.housing import EngineHouse, EngineTold
from server.cluster.shares import Scale, Share
from server.cluster.spread import Spread
from tests.models.working import run, until
from tests.server.cluster.doors import HOST, SECRET
from tests.server.cluster.test_directory import EAR, directory, stay

NODES = st.sampled_from("abc")


@given(others=st.lists(NODES, max_size=8), room=st.sets(NODES), turns=st.lists(NODES, min_size=20, max_size=20))
def test_where_it_begins(others: list[str], room: set[str], turns: list[str]) -> None:
    spread = Spread()
    for tried, node in enumerate(turns):
        better = [other for other in room if others.count(other) < others.count(node)]
        if spread.fits("ear", node, others, room):
            assert not better or tried == len(room)
            return
        assert better
    pytest.fail("it never began")


def test_each_engine_counts_alone() -> None:
    spread = Spread()
    assert not spread.fits("ear", "a", ["a"], ["a", "b"])
    assert not spread.fits("ear", "a", ["a"], ["a", "b"])
    assert not spread.fits("mouth", "a", ["a"], ["a", "b"])
    assert spread.fits("ear", "a", ["a"], ["a", "b"])
    assert not spread.fits("ear", "a", ["a"], ["a", "b"]), "the next one is sent away anew"


def test_the_directory_knows_who_stands_where() -> None:
    async def work() -> None:
        async with directory() as (found, at):
            staying = asyncio.create_task(stay(at, EAR))
            await until(lambda: found.places == (EAR,))
            assert not await called(at.host, at.port, SECRET, "fits", EAR.name, EAR.node, ["elsewhere", EAR.node])
            assert await called(at.host, at.port, SECRET, "fits", EAR.name, "elsewhere", ["elsewhere", EAR.node])
            assert await called(at.host, at.port, SECRET, "fits", "mouth", EAR.node, ["elsewhere"])
            staying.cancel()

    run(work())


class House(EngineHouse):
    """One that no Ray Serve ends."""

    def __del__(self) -> None:  # type: ignore[override]
        """End without Ray Serve, which would wait for it."""


def test_what_does_not_fit_begins_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def make() -> object:
        raise AssertionError("it has been made")

    monkeypatch.setattr(housing, "_here", lambda _: (EAR.host, EAR.node))
    monkeypatch.setattr(housing, "with_room", lambda _: ["elsewhere"])

    async def work() -> None:
        async with directory() as (found, at):
            staying = asyncio.create_task(stay(at, EAR))
            await until(lambda: found.places == (EAR,))
            share = Share(EAR.name, Scale(2, 2), 0.5)
            house = House(EngineTold(Head(at.host, at.port, SECRET, keeps=False), Planned(EAR.name, make), ModelSettings(), share))
            with pytest.raises(RuntimeError, match="fewer replicas of ear"):
                await house.reconfigure({})
            assert not found.complaints, "the next one may begin"
            staying.cancel()

    run(work())


def test_without_a_head_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housing, "with_room", lambda _: ["elsewhere"])
    head = Head(HOST, 1, SECRET, keeps=False)
    house = House(EngineTold(head, Planned("ear", object), ModelSettings(), Share("ear", Scale(2, 2), 0.5)))
    assert asyncio.run(house._fits("here"))
