"""What goes wrong during a load, on purpose and at set times: engines whose process is killed or stopped, connections that break."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.errors import InputError
from clients.bench.process_tree import Process

ENGINES = {
    "recognizer": ("recognizer",),
    "llm": ("language model",),
    "voice": ("voice", "espeak-ng"),
}
"""How the processes of an engine are called, or begin to be."""

SIGNALS = {"kill": "SIGKILL", "stop": "SIGSTOP"}

_WHEN = re.compile(r"(at|every)=(\d+(?:\.\d+)?)s?")


@dataclass(frozen=True)
class Fault:
    """What happens, and when: once, or in a random rhythm."""

    engine: str | None
    """None: the connection of one of the sessions."""
    how: str
    """`kill` or `stop` a process, `reset` a connection."""
    at_s: float | None = None
    """Seconds after the beginning of the load."""
    every_s: float | None = None
    """Seconds between two of them, in the mean."""

    @property
    def what(self) -> str:
        """What is written into the result."""
        return f"{self.how} {self.engine or 'socket'}"

    @classmethod
    def read(cls, given: str) -> Fault:
        """Return what was written, such as `engine=llm at=30s`.

        Raises:
            InputError: it is none.
        """
        what, _, when = " ".join(given.replace(",", " ").split()).partition(" ")
        found, (kind, equals, name) = _WHEN.fullmatch(when), what.partition("=")
        times = {f"{found[1]}_s": float(found[2])} if found and float(found[2]) > 0 else None
        if times is not None and what == "socket":
            return cls(None, "reset", **times)
        if times is not None and equals and name in ENGINES and kind in ("engine", "stop"):
            return cls(name, "kill" if kind == "engine" else "stop", **times)
        raise InputError(
            f"{given!r} is no fault; write engine=NAME, stop=NAME or socket, NAME being {', '.join(ENGINES)}, and at=30s or every=20s behind it."
        )

    def times(self, seconds: float, rng: random.Random) -> Iterator[float]:
        """Yield when it happens within so many seconds."""
        if self.at_s is not None:
            if self.at_s < seconds:
                yield self.at_s
            return
        assert self.every_s is not None
        at_s = rng.expovariate(1 / self.every_s)
        while at_s < seconds:
            yield at_s
            at_s += rng.expovariate(1 / self.every_s)


def schedule(faults: Sequence[Fault], seconds: float, seed: int) -> list[tuple[float, Fault]]:
    """Return all that happens within so many seconds, in order."""
    rng = random.Random(seed)
    return sorted(((at_s, fault) for fault in faults for at_s in fault.times(seconds, rng)), key=lambda each: each[0])


def of_engine(engine: str, found: Sequence[Process]) -> list[Process]:
    """Return the processes of an engine among those below the server's, as `ENGINES` orders them."""
    return [process for name in ENGINES[engine] for process in found[1:] if process.name.startswith(name[:15])]
