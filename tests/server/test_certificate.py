"""A certificate of one's own: made once, kept, made again when it has expired."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from assistant.errors import InputError
from server.certificate import KEY_NAME, NAME, SKEW, VALID_DAYS, Kept, kept_certificate

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def test_it_is_made_once_and_again_when_it_has_expired(tmp_path: Path) -> None:
    folder = tmp_path / "parley"
    first = kept_certificate(folder, NOW)
    assert first.made
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {NAME: 0o644, KEY_NAME: 0o600}
    last = NOW + timedelta(days=VALID_DAYS) - SKEW - timedelta(seconds=1)
    again = kept_certificate(folder, last)
    assert (again.made, again.fingerprint) == (False, first.fingerprint)
    other = kept_certificate(folder, last + timedelta(seconds=1))
    assert other.made
    assert other.fingerprint != first.fingerprint
    assert (folder / KEY_NAME).stat().st_mode & 0o777 == 0o600


def test_it_names_this_machine(tmp_path: Path) -> None:
    kept = kept_certificate(tmp_path, NOW, ["parley.example", "fd00::1", "192.168.7.7", "no name"])
    names = (
        x509.load_pem_x509_certificate(kept.certificate.read_bytes()).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    )
    hosts = names.get_values_for_type(x509.DNSName)
    assert {"localhost", socket.gethostname(), "parley.example"} <= set(hosts)
    assert {"127.0.0.1", "::1", "fd00::1", "192.168.7.7"} <= {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert len(hosts) == len(set(hosts))


def test_a_new_name_comes_to_the_earlier_ones(tmp_path: Path) -> None:
    def address(kept: Kept) -> set[str]:
        certificate = x509.load_pem_x509_certificate(kept.certificate.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return {str(each) for each in names.get_values_for_type(x509.IPAddress)}

    at_home = kept_certificate(tmp_path, NOW, ["192.168.7.7"])
    at_work = kept_certificate(tmp_path, NOW, ["10.1.1.1"])
    assert at_work.made
    assert {"192.168.7.7", "10.1.1.1", "127.0.0.1"} <= address(at_work)
    back = kept_certificate(tmp_path, NOW, ["192.168.7.7"])
    assert (back.made, back.fingerprint) == (False, at_work.fingerprint)
    assert back.fingerprint != at_home.fingerprint


@pytest.mark.parametrize("broken", [NAME, KEY_NAME])
def test_what_cannot_be_read_is_made_anew(tmp_path: Path, broken: str) -> None:
    kept_certificate(tmp_path, NOW)
    (tmp_path / broken).write_text("nonsense")
    assert kept_certificate(tmp_path, NOW).made
    assert not kept_certificate(tmp_path, NOW).made


def test_a_key_of_another_certificate_does_not_count(tmp_path: Path) -> None:
    one, two = kept_certificate(tmp_path / "one", NOW), kept_certificate(tmp_path / "two", NOW)
    one.key.write_bytes(two.key.read_bytes())
    assert kept_certificate(tmp_path / "one", NOW).made


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be used"):
        kept_certificate(tmp_path / "file" / "folder", NOW)
