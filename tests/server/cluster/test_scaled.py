"""Real Ray starts a replica where requests wait."""

from __future__ import annotations

import asyncio

from clients.bench.room import recording
from tests.server.cluster.conftest import Running
from tests.server.cluster.test_same import of
from tests.server.serving import QUESTION, run


def test_a_recognizer_that_many_wait_for_gets_a_second_replica(cluster: Running) -> None:
    async def work() -> None:
        async with of(cluster) as engines, asyncio.timeout(60):

            async def ask() -> None:
                while len(cluster.of("recognizer en")) < 2:
                    heard = await engines.recognizers["en"].recognize(recording(QUESTION), language="en")
                    assert "eight" in heard.text.lower()

            async with asyncio.TaskGroup() as group:
                for _ in range(24):
                    group.create_task(ask())

    assert len(cluster.of("recognizer en")) == 1
    run(work())
