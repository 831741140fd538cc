"""Which machine a figure was measured on: absolute times mean nothing without it."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from models.load import cores


def fingerprint() -> str:
    """Return processor, usable cores, memory and system on one line."""
    return f"{_processor()}, {cores()} cores, {_memory_gib():.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def peak_mb(*, children: bool = False) -> int | None:
    """Return the largest resident set so far in MB: of this process, or of the largest child that has ended. None on Windows."""
    if sys.platform == "win32":
        return None
    import resource  # not there on Windows

    kib = resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF).ru_maxrss
    return round(kib / (1024 if sys.platform == "linux" else 1024 * 1024))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gib() -> float:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return 0.0
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
