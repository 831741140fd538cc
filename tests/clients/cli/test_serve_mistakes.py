"""What a person mistypes who starts a server: one sentence each, exit 2, and nothing is left running."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.certificate import kept_certificate
from tests.clients.cli.conftest import Parley
from tests.conftest import NOON


@pytest.fixture(autouse=True)
def kept_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def complaint(parley: Parley, *arguments: object) -> str:
    ran = parley("serve", *arguments)
    assert ran.status == 2
    assert "Traceback" not in ran.err
    assert ran.out == ""
    return ran.err.splitlines()[-1]


def test_a_port_that_is_taken(parley: Parley, taken: int) -> None:
    told = complaint(parley, "--port", taken)
    assert told == f"parley: Port {taken} of 127.0.0.1 cannot be opened: Address already in use. Choose another with --port or --host."


def test_a_wyoming_port_that_is_taken(parley: Parley, taken: int) -> None:
    told = complaint(parley, "--port", 0, "--wyoming", taken)
    assert told == f"parley: Port {taken} of 127.0.0.1 cannot be opened for Wyoming: Address already in use. Choose another with --wyoming."


def test_a_certificate_that_is_not_there(parley: Parley) -> None:
    told = complaint(parley, "--port", 0, "--tls-cert", "no.pem", "--tls-key", "no.pem")
    assert told == (
        "parley: The certificate no.pem and the key no.pem cannot be used: No such file or directory. Name PEM files that belong together."
    )


def test_a_certificate_with_another_one_s_key(parley: Parley, tmp_path: Path) -> None:
    ours, theirs = (kept_certificate(tmp_path / name, NOON, []) for name in ("ours", "theirs"))
    assert "key values mismatch" in complaint(parley, "--port", 0, "--tls-cert", ours.certificate, "--tls-key", theirs.key)
    assert "not in pem form" in complaint(parley, "--port", 0, "--tls-cert", __file__, "--tls-key", __file__)


def test_an_origin_without_its_scheme(parley: Parley) -> None:
    told = complaint(parley, "--port", 0, "--origin", "ui.example")
    assert told == "parley: 'ui.example' is no origin of web pages; write scheme, host and port, such as https://ui.example:8443."
