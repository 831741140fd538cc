"""A process and all below it as Linux tells of them: their names, processor time and memory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One process at one moment."""

    pid: int
    parent: int
    name: str
    """As `ps` tells it: at most 15 bytes."""
    state: str
    """As `ps` tells it: T if it is stopped, Z if it has ended and nobody has asked how."""
    processor_s: float
    """So far, without what its children took."""
    ended_s: float
    """Processor time of children that have ended."""


def processes(root: int) -> list[Process]:
    """Return a process and all below it; none if it has ended."""
    found: dict[int, Process] = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            process = _read(stat.read_text())
            found[process.pid] = process
    return _below(root, found)


def _below(root: int, found: Mapping[int, Process]) -> list[Process]:
    if root not in found:
        return []
    kept = [found[root]]
    for parent in kept:  # grows while it is walked
        kept += [process for process in found.values() if process.parent == parent.pid]
    return kept


def _read(stat: str) -> Process:
    head, _, rest = stat.rpartition(") ")
    pid, _, name = head.partition(" (")
    fields = rest.split()
    ticks = os.sysconf("SC_CLK_TCK")
    return Process(
        int(pid),
        int(fields[1]),
        name,
        fields[0],
        (int(fields[11]) + int(fields[12])) / ticks,
        (int(fields[13]) + int(fields[14])) / ticks,
    )


def processor_s(root: int) -> float:
    """Return the processor time so far of a process, all below it, and those that have ended there."""
    return sum(process.processor_s + process.ended_s for process in processes(root))


def memory_mb(root: int) -> float:
    """Return the memory of a process and all below it in MB, what they share counted once."""
    kib = 0
    for process in processes(root):
        with suppress(OSError):
            for line in (_PROC / str(process.pid) / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kib += int(line.split()[1])
    return kib * 1024 / 1e6


class Watched:
    """What a process and all below it take, from now on."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._before_s, self._before_mb = processor_s(root), memory_mb(root)

    def took_s(self) -> float:
        """Return the processor time since then."""
        return processor_s(self._root) - self._before_s

    def memory_mb(self) -> tuple[int, int]:
        """Return the memory in MB, then and now."""
        return round(self._before_mb), round(memory_mb(self._root))
