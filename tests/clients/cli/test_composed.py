"""What a server is to be, as it is put together."""

from __future__ import annotations

from assistant.settings import Settings
from clients.cli.composed import Given
from server.serve import Address


def test_the_key_of_the_clients_is_in_no_log() -> None:
    assert "very-secret" not in repr(Given(Settings(), Address("127.0.0.1", 0), "very-secret"))
