"""Many cases for one parser: each is answered with a value or with the parser's own error, in bounded time and memory."""

from __future__ import annotations

import os
import resource
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

MOST_CPU_S = 10.0
"""Of one case: thousands of times what the slowest takes, and of this process's own time, so that a busy machine does not matter."""

MOST_MEMORY_BYTES = 1 << 30
"""More than a case may ask for."""

MOST_LEFT_BYTES = 200 << 20
"""That all cases together may leave behind: caches and what the allocator keeps, no leak."""


@dataclass(frozen=True)
class Target:
    """One parser."""

    make: Callable[[Random], Any]
    """Makes a case."""
    take: Callable[[Any], object]
    """Reads it, and uses what it has read as the product does."""
    refuses: tuple[type[BaseException], ...]
    """The errors that it documents."""
    holds: Callable[[], None] = lambda: None
    """Fails if something is not as it must be after each case."""


@dataclass(frozen=True)
class Report:
    """What came of it."""

    cases: int
    taken: int
    """Cases that were read; the others were refused."""
    seconds: float
    slowest_s: float
    """Of this process's own time."""
    slowest: int
    """The number of that case."""


class Found(AssertionError):
    """A case that is answered in another way."""


class _TooLong(Exception):
    """A case takes longer than `MOST_CPU_S`."""


def case_of(target: Target, name: str, seed: int, number: int) -> Any:
    """Return the case of this number: the same one whichever others run."""
    return target.make(Random(f"{name} {seed} {number}"))


def campaign(target: Target, name: str, cases: int, seed: int = 0, first: int = 0) -> Report:
    """Run so many cases.

    Raises:
        Found: one of them is answered in another way than the parser documents.
    """
    taken, slowest_s, slowest, began = 0, 0.0, first, time.monotonic()
    with _bounded(), warnings.catch_warnings():
        warnings.simplefilter("error")
        before = _resident_bytes()
        for number in range(first, first + cases):
            case = case_of(target, name, seed, number)
            cpu_s = time.process_time()
            try:
                signal.setitimer(signal.ITIMER_PROF, MOST_CPU_S)
                try:
                    target.take(case)
                finally:
                    signal.setitimer(signal.ITIMER_PROF, 0)
                taken += 1
            except target.refuses as refused:
                _is_a_sentence(refused, name, seed, number)
            except Exception as error:
                raise Found(f"{_where(name, seed, number)} raises {type(error).__name__}: {error!s:.300}; {case!r:.2000}") from error
            target.holds()
            if (cpu_s := time.process_time() - cpu_s) > MOST_CPU_S:  # a parser that takes every error for the input's has caught ours, too
                raise Found(f"{_where(name, seed, number)} takes {cpu_s:.1f} s; {case!r:.2000}")
            if cpu_s > slowest_s:
                slowest_s, slowest = cpu_s, number
        left = _resident_bytes() - before
    if left > MOST_LEFT_BYTES:
        raise Found(f"{name}: {cases} cases with --seed {seed} left {left:,} bytes behind.")
    return Report(cases, taken, time.monotonic() - began, slowest_s, slowest)


def _is_a_sentence(refused: BaseException, name: str, seed: int, number: int) -> None:
    """A refusal can be shown and sent, whatever was refused."""
    said = str(refused)
    if not said.strip() or len(said) > 50_000:
        raise Found(f"{_where(name, seed, number)} is refused with {len(said)} characters: {said:.300}") from refused


def _where(name: str, seed: int, number: int) -> str:
    return f"Case {number} of {name} (python -m tests.fuzz {name} --seed {seed} --first {number} --cases 1)"


def _resident_bytes() -> int:
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0


@contextmanager
def _bounded() -> Iterator[None]:
    """Let no case take all memory or all time of the machine."""

    def too_long(_: int, __: FrameType | None) -> None:
        raise _TooLong(f"a case takes more than {MOST_CPU_S:g} s")

    statm = Path("/proc/self/statm")
    before, soft = signal.signal(signal.SIGPROF, too_long), resource.getrlimit(resource.RLIMIT_AS)
    if statm.exists():
        taken = int(statm.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (taken + MOST_MEMORY_BYTES, soft[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, soft)
        signal.signal(signal.SIGPROF, before)
