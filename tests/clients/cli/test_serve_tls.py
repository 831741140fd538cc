"""`parley serve --tls-self-signed`."""

from __future__ import annotations

import asyncio
import ssl
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from server.certificate import NAME
from tests.clients.cli.conftest import Parley


def test_it_excludes_a_certificate_that_is_given(parley: Parley) -> None:
    ran = parley("serve", "--tls-self-signed", "--tls-cert", "a.pem", "--tls-key", "b.pem")
    assert (ran.status, ran.out) == (2, "")
    assert "leave out --tls-cert and --tls-key" in ran.err


def test_a_served_one_convinces_a_client_that_knows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    async def work() -> None:
        command = [sys.executable, "-m", "clients.cli.main", "serve", "--port", "0", "--tls-self-signed"]
        serving = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        try:
            assert serving.stderr is not None
            told: list[str] = []
            async with asyncio.timeout(60):
                while not (told and "listens at wss://" in told[-1]):
                    line = await serving.stderr.readline()
                    assert line, told
                    told.append(line.decode())
            port = int(told[-1].partition("localhost:")[2].partition("/")[0])
            assert any(line.count(":") == 31 for line in told), "no fingerprint"
            trusting = ssl.create_default_context(cafile=tmp_path / "parley" / NAME)
            trusting.verify_flags |= ssl.VERIFY_X509_STRICT
            for host in ("localhost", "127.0.0.1"):
                reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname=host)
                writer.write(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                assert b"200 OK" in await reader.read()
                writer.close()
                with suppress(ssl.SSLError):
                    await writer.wait_closed()
        finally:
            serving.terminate()
            await serving.wait()

    asyncio.run(work())
