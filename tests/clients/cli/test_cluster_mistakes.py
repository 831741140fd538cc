"""What a person mistypes who starts a cluster: one sentence each, exit 2, before Ray is started where that is possible."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clients.cli.cluster import lacking, scale
from server.cluster.shares import Scale, Share
from tests.clients.cli.conftest import Parley


@pytest.fixture(autouse=True)
def kept_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def complaint(parley: Parley, *arguments: object) -> str:
    ran = parley("cluster", *arguments)
    assert ran.status == 2
    assert "Traceback" not in ran.err
    assert ran.out == ""
    return ran.err.splitlines()[-1]


def test_ray_is_missing(parley: Parley, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    told = complaint(parley, "--port", 0)
    assert told == "parley: parley cluster needs Ray, which is not installed; install it: pip install 'parley[cluster]'."


@pytest.mark.parametrize("text", ["0", "4-1", "many", "1-", "-1", "1-2-3", "1000", ""])
def test_a_number_of_replicas_that_is_none(parley: Parley, text: str) -> None:
    told = complaint(parley, f"--recognition={text}")
    assert told == f"parley: {text!r} is no number of replicas for --recognition; write 2, or 1-4 for as many as it takes."


def test_a_number_or_a_range() -> None:
    assert scale("--voice", "2") == Scale(2, 2)
    assert scale("--voice", "1-4") == Scale(1, 4)


def test_what_a_ray_lacks_is_said_at_once() -> None:
    shares = [Share("language model", Scale(2, 4), 4.0), Share("front", Scale(2, 2), 0.25)]
    assert lacking(2, 8.5, shares) == []
    assert lacking(1, 3.0, shares) == [
        "Ray has 1 machines, and --front 2 wants 2, one each; this waits until they have joined.",
        "Ray has 3 CPUs free, and the replicas take 8.5 at least; this waits until there are as many.",
    ]


def test_no_ray_at_that_address(parley: Parley) -> None:
    told = complaint(parley, "--address", "127.0.0.1:1")
    assert told == "parley: Nothing of Ray answers at 127.0.0.1:1; start it there (ray start --head), or leave out --address."


def test_a_certificate_without_its_key(parley: Parley) -> None:
    assert complaint(parley, "--tls-cert", "a.pem") == "parley: --tls-cert and --tls-key belong together; give both."


def test_an_origin_without_its_scheme(parley: Parley) -> None:
    told = complaint(parley, "--origin", "ui.example")
    assert told == "parley: 'ui.example' is no origin of web pages; write scheme, host and port, such as https://ui.example:8443."
