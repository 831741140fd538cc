"""Where on this machine things of the server lie."""

from __future__ import annotations

import os
from pathlib import Path


def conversations() -> Path:
    """Return the file of conversations."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "parley" / "conversations.db"
