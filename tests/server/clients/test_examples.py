"""The examples of PROTOCOL.md for the SDKs; those for the frameworks run beside their own tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.clients.examples import asked, examples
from tests.server.serving import certified, run, says_56, served

HERE = Path(__file__).parent
PACKAGES = {
    "openai-python": "agents",
    "openai for JavaScript": "js",
    "openai-agents for Python": "agents",
    "openai-agents for JavaScript": "js",
}
FRAMEWORKS = {"pipecat", "LiveKit Agents"}
SECURE = {"openai for JavaScript"}


@pytest.mark.parametrize("client", PACKAGES)
def test_what_the_document_shows_runs(client: str, tmp_path: Path) -> None:
    async def work() -> str:
        address = certified(tmp_path / "certificate")
        async with served(**({"address": address} if client in SECURE else {})) as place:
            return await asked(client, HERE / PACKAGES[client], place, tmp_path, NODE_EXTRA_CA_CERTS=str(address.certificate))

    assert says_56(run(work()))


def test_every_example_is_run_somewhere() -> None:
    assert set(examples()) == PACKAGES.keys() | FRAMEWORKS
