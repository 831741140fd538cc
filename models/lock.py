"""A lock on an open file that only one process has at a time; the system opens it when that process ends, however it ends."""

from __future__ import annotations

import sys
from typing import IO

if sys.platform == "win32":
    import msvcrt

    _AT = 1 << 30
    """Windows locks bytes, and what is locked nobody else can read: one byte far behind what is written."""

    def lock(file: IO[str]) -> bool:
        """Lock the file until it is closed; return False if another process has it."""
        file.seek(_AT)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        finally:
            file.seek(0)
        return True

else:
    import fcntl

    def lock(file: IO[str]) -> bool:
        """Lock the file until it is closed; return False if another process has it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
