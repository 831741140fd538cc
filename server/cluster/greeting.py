"""How the two ends of a connection know each other before either reads a frame, which is a pickle and could do anything. Sans-I/O.

The door begins: a mark and a number used once. The guest answers with one of its own and the proof that it has the cluster's secret; then
the door proves that it has it, too. Each proof is of both numbers and of who gives it, so that none can be used again or sent back.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Protocol

MARK = b"Parley 1"

NUMBER_BYTES = 32

PROOF_BYTES = 32
"""Of SHA-256."""


class Stranger(Exception):
    """The other end has not the secret of this cluster. The message says why, in words that go on after "it"."""


class Greeting(Protocol):
    """One end of a greeting."""

    wants: int
    """Bytes that the other end says next; 0: the two know each other."""

    def begin(self) -> bytes:
        """Return what is said first."""
        ...

    def push(self, said: bytes) -> bytes:
        """Take the next `wants` bytes and return what to say.

        Raises:
            Stranger: the other end has not the secret.
        """
        ...


def new_secret() -> bytes:
    """Return a secret for one cluster."""
    return secrets.token_bytes(NUMBER_BYTES)


class DoorGreeting:
    """The end that was connected to."""

    def __init__(self, secret: bytes) -> None:
        self._secret, self._number = secret, secrets.token_bytes(NUMBER_BYTES)
        self.wants = NUMBER_BYTES + PROOF_BYTES

    def begin(self) -> bytes:
        return MARK + self._number

    def push(self, said: bytes) -> bytes:
        number, proof = said[:NUMBER_BYTES], said[NUMBER_BYTES:]
        if not hmac.compare_digest(proof, _proof(self._secret, b"guest", self._number, number)):
            raise Stranger("does not have the cluster's secret")
        self.wants = 0
        return _proof(self._secret, b"door", self._number, number)


class GuestGreeting:
    """The end that connects."""

    def __init__(self, secret: bytes) -> None:
        self._secret, self._number = secret, secrets.token_bytes(NUMBER_BYTES)
        self._theirs = b""
        self.wants = len(MARK) + NUMBER_BYTES

    def begin(self) -> bytes:
        return b""

    def push(self, said: bytes) -> bytes:
        if self._theirs:
            if not hmac.compare_digest(said, _proof(self._secret, b"door", self._theirs, self._number)):
                raise Stranger("does not have the cluster's secret")
            self.wants = 0
            return b""
        if not said.startswith(MARK):
            raise Stranger("is no door of this version of Parley")
        self._theirs, self.wants = said[len(MARK) :], PROOF_BYTES
        return self._number + _proof(self._secret, b"guest", self._theirs, self._number)


def _proof(secret: bytes, who: bytes, door: bytes, guest: bytes) -> bytes:
    return hmac.digest(secret, who + door + guest, "sha256")
