"""PortAudio and ALSA explain their failures on standard error, many lines each; a person gets Parley's one sentence instead."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


@contextmanager
def hushed() -> Iterator[None]:
    """Discard what C libraries write to standard error inside the block; what Python writes there still arrives."""
    before = sys.stderr
    try:
        kept = os.dup(_STDERR)
    except OSError:  # it is closed: there is nothing to keep clean
        yield
        return
    before.flush()
    with open(kept, "w", buffering=1, encoding=before.encoding, errors=before.errors) as python_only:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDERR)
        os.close(nowhere)
        sys.stderr = python_only
        try:
            yield
        finally:
            sys.stderr = before
            os.dup2(kept, _STDERR)
