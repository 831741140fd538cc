"""What is too old is deleted, but not because a clock jumped."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from server.realtime.config import SessionConfig
from server.store.archive import archive
from server.store.database import DAY_S
from server.store.journal import Journal
from tests.server.serving import run


def test_a_clock_that_jumps_deletes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.store.archive.SWEEP_S", 0.05)
    told: list[str] = []
    clock = [1000 * DAY_S]

    def tell(message: str) -> None:
        told.append(message)
        clock[0] -= 365 * DAY_S  # at once, before the next look

    async def work() -> None:
        async with archive(tmp_path / "kept.db", 30, lambda: clock[0], tell) as kept:
            Journal(kept.store, "one", "parley", lambda: clock[0]).set(SessionConfig(), None)
            await kept.store.all_written()
            clock[0] += 365 * DAY_S
            async with asyncio.timeout(60):
                while not told:  # noqa: ASYNC110 - nothing else tells of it
                    await asyncio.sleep(0.01)
            assert [name for name, *_ in await kept.worker.call("overview")] == ["one"]
        assert told == ["The clock was set by +365 days; no conversation is deleted as too old for now."]

    run(work())


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    async def work() -> None:
        with pytest.raises(Exception, match="cannot be used"):
            async with archive(Path("/proc/nowhere/kept.db"), 30, lambda: 0.0, lambda _: None):
                pass

    run(work())
