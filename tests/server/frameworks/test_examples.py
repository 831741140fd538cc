"""The examples of PROTOCOL.md for the frameworks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.clients.examples import asked
from tests.server.serving import run, says_56, served

HERE = Path(__file__).parent


@pytest.mark.parametrize(("client", "folder"), [("pipecat", "pipecat"), ("LiveKit Agents", "livekit")])
def test_what_the_document_shows_runs(client: str, folder: str, tmp_path: Path) -> None:
    async def work() -> str:
        async with served() as address:
            return await asked(client, HERE / folder, address, tmp_path)

    assert says_56(run(work()))
