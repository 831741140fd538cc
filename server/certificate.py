"""A certificate of the server's own: it encrypts, and whoever compares its fingerprint once knows this server again."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from assistant.errors import InputError

VALID_DAYS = 397
"""Browsers distrust certificates that are valid for longer."""

SKEW = timedelta(hours=1)
"""A client's clock may be so much behind."""

ELSEWHERE = ("192.0.2.1", 9)
"""An address for documentation: nothing is sent to it, but the way there tells which address of ours others see."""

NAME = "tls-certificate.pem"
KEY_NAME = "tls-key.pem"


@dataclass(frozen=True, slots=True)
class Kept:
    """A certificate and its key on the disk."""

    certificate: Path
    key: Path
    fingerprint: str
    """SHA-256 in pairs of hexadecimal digits, as browsers show it."""
    made: bool
    """It is new."""


def kept_certificate(folder: Path, now: datetime, names: Iterable[str] = ()) -> Kept:
    """Return the certificate that lies in a folder; makes one if there is none, it has expired, or it lacks a name.

    A machine that changes networks has new addresses: they come to those that were certified before, so that it may go back.

    Args:
        folder: made if it is not there; only its owner can read the key that is put there.
        now: aware.
        names: host names and addresses to certify, beside localhost and those of this machine.

    Raises:
        InputError: the folder cannot be read or written.
    """
    path, key_path = folder / NAME, folder / KEY_NAME
    try:
        found = _read(path, key_path)
        wanted, certified = _alternatives([*_own_names(), *names]), _certified(found)
        if found is not None and found.not_valid_after_utc > now and set(wanted) <= set(certified):
            return Kept(path, key_path, _fingerprint(found), made=False)
        folder.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certify(key, list(dict.fromkeys([*wanted, *certified])), now)
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        _write(key_path, pem, 0o600)
        _write(path, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    except OSError as error:
        raise InputError(f"The certificate in {str(folder)!r} cannot be used ({error.strerror}); give --tls-cert and --tls-key.") from error
    return Kept(path, key_path, _fingerprint(certificate), made=True)


def _read(path: Path, key_path: Path) -> x509.Certificate | None:
    """Return the certificate if it is one and the key is its own."""
    if not (path.exists() and key_path.exists()):
        return None
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
    except ValueError:
        return None
    return certificate if key.public_key() == certificate.public_key() else None


def _certified(certificate: x509.Certificate | None) -> list[x509.GeneralName]:
    """Return the names in a certificate."""
    if certificate is None:
        return []
    try:
        return list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return []


def _certify(key: ec.EllipticCurvePrivateKey, names: Iterable[x509.GeneralName], now: datetime) -> x509.Certificate:
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Parley on this machine")])
    return (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + timedelta(days=VALID_DAYS) - SKEW)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _alternatives(names: Iterable[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in dict.fromkeys(names):  # each once, in order
        try:
            found.append(x509.IPAddress(_address(name)))
        except ValueError:
            with suppress(ValueError):  # a machine may be named as no certificate can be
                found.append(x509.DNSName(name))
    return found


def _own_names() -> list[str]:
    """Return the names and addresses under which this machine is reached."""
    host = socket.gethostname()
    found = ["localhost", "127.0.0.1", "::1", host]
    if "." not in host:
        found.append(f"{host}.local")  # what it is called on the local network
    with suppress(OSError):  # its own name may not be known to it
        found += [str(address[0]) for *_, address in socket.getaddrinfo(host, None)]
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:  # without a network
        probe.connect(ELSEWHERE)
        found.append(probe.getsockname()[0])
    return found


def _address(name: str) -> IPv4Address | IPv6Address:
    return ip_address(name.partition("%")[0])


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write a file that is whole or not there, and never readable by more than `mode` says."""
    partial = path.with_name(f".{path.name}.part")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
    partial.replace(path)
