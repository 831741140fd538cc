"""Which machine a figure was measured on: absolute times mean nothing without it."""

from __future__ import annotations

import os
import platform
import sys

from models.load import cores
from models.threads import processor


def fingerprint() -> str:
    """Return processor, usable cores, memory and system on one line."""
    return f"{processor()}, {cores()} cores, {_memory_gib():.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def peak_mb(*, children: bool = False) -> int | None:
    """Return the largest resident set so far in MB: of this process, or of the largest child that has ended. None on Windows."""
    if sys.platform == "win32":
        return None
    import resource  # not there on Windows

    kib = resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF).ru_maxrss
    return round(kib / (1024 if sys.platform == "linux" else 1024 * 1024))


def _memory_gib() -> float:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return 0.0
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
