"""One probe in a process of its own: `python -m clients.doctor.isolated NAME`, what is given on standard input, findings on standard output.

A driver that hangs, a library that ends the process or was built for another processor: none of it ends the examination.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import IO, Any

from assistant.errors import ParleyError
from clients.doctor.finding import Finding, from_error
from clients.doctor.probe import Given, Probe, probe

GRACE_S = 5
"""After the limit, in seconds: by then whoever started this has ended it, or is gone."""


def examine(looked_at: Probe[Any], given: Given) -> list[Finding]:
    """Return what one probe finds; an error made for people is a finding."""
    try:
        return looked_at.judge(looked_at.look(given))
    except ParleyError as error:
        return [from_error(looked_at.title, error)]


def _only_for_findings() -> IO[str]:
    """Return standard output, and let whatever else is written there go to standard error: C libraries talk, too."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out


def main() -> None:
    """Be the process."""
    out = _only_for_findings()
    looked_at = probe(sys.argv[1])
    if hasattr(signal, "alarm"):
        signal.alarm(int(looked_at.limit_s) + GRACE_S)
    given = Given.from_json(json.load(sys.stdin))
    with out:
        json.dump([finding.as_json() for finding in examine(looked_at, given)], out)


if __name__ == "__main__":
    main()
