"""Which request is at fault when an engine's process dies. Many are under way at once, and one death tells little; time comes in as an argument."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass
from typing import Any

from assistant.errors import EngineUnavailable
from models.asking import Died

MOST_DEATHS = 2
"""After so many of its process a request is asked alone, and the next one is its own fault."""

REMEMBERED_S = 60.0
"""So long a request that has ended the process is not taken again; for longer it would be blamed for what it may have met by chance."""


@dataclass
class Request:
    """What was asked, whichever process is to answer it."""

    method: str
    args: tuple[Any, ...]
    options: dict[str, Any]
    deaths: int = 0
    """Of processes that were at work on it."""

    @property
    def last_chance(self) -> bool:
        """Whether it is asked alone, so that there is no doubt."""
        return self.deaths >= MOST_DEATHS

    def digest(self) -> bytes:
        """Return what tells it from another."""
        return hashlib.blake2b(pickle.dumps((self.method, self.args, self.options))).digest()


class Blame:
    """The requests of one engine that were at fault."""

    def __init__(self, name: str) -> None:
        """Begin without any; `name` is the engine's."""
        self._name = name
        self._until_s: dict[bytes, float] = {}

    def look(self, request: Request, now_s: float) -> None:
        """Do nothing if a request may be asked.

        Raises:
            EngineUnavailable: it was at fault not long ago.
        """
        self._until_s = {digest: until_s for digest, until_s in self._until_s.items() if until_s > now_s}
        if self._until_s and request.digest() in self._until_s:  # a digest of seconds of sound takes its time
            raise EngineUnavailable(f"This request has ended the process of the engine {self._name} before; ask something else.")

    def count(self, request: Request, died: Died, now_s: float) -> None:
        """Count a death that a request may have brought about.

        Raises:
            EngineUnavailable: it was this request.
        """
        request.deaths += died.suspect
        if request.deaths >= MOST_DEATHS and died.suspect and died.alone:
            self._until_s[request.digest()] = now_s + REMEMBERED_S
            why = f"This request ended the process of the engine {self._name} {request.deaths} times (it {died}); ask something else."
            raise EngineUnavailable(why) from died
