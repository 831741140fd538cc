"""Who asks says how soon, for all that is asked in its name."""

from __future__ import annotations

import asyncio

from assistant.urgency import Urgency, urgency, urgent


def test_it_holds_within_the_block_and_its_tasks() -> None:
    async def asked() -> Urgency:
        return urgency()()

    async def work() -> None:
        assert urgency()() is Urgency.NOW
        with urgent(lambda: Urgency.AHEAD):
            assert await asyncio.create_task(asked()) is Urgency.AHEAD
            with urgent(lambda: Urgency.DRAFT):
                assert await asked() is Urgency.DRAFT
            assert await asked() is Urgency.AHEAD
        assert await asked() is Urgency.NOW

    asyncio.run(work())
