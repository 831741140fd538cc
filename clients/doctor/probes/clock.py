"""The clock: timers and alarms ring by it, certificates and kept conversations count by it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clients.doctor.finding import Finding, ok, problem, warning
from clients.doctor.probe import Given, Probe

APART_S = 0.05
"""How far two clocks may go apart within `WATCHED_S`: a busy machine reads them some milliseconds apart."""

WATCHED_S = 0.5

SKEW = timedelta(days=1)
"""A file's time may come from a machine in another time zone that kept no zone."""

SYNCHRONISE = "Set the clock, best by time synchronisation: timedatectl set-ntp true, or the system's own settings."


@dataclass(frozen=True)
class Clock:
    """What the clocks of this machine say."""

    now: datetime
    """In the machine's own time zone."""
    zone: str
    newest_file: datetime
    """When the newest of Parley's own files was changed: the clock cannot be before that."""
    wall_s: float
    """How far the clock on the wall went while the one for measuring went `steady_s`."""
    steady_s: float


def judge(seen: Clock) -> list[Finding]:
    """Say what is thought of the clock."""
    sentence = f"{seen.now:%Y-%m-%d %H:%M:%S}, time zone {seen.zone}."
    values = {"now": seen.now.isoformat(timespec="seconds"), "zone": seen.zone}
    if seen.now + SKEW < seen.newest_file:
        late = f"{sentence[:-1]}; but Parley's own files are from {seen.newest_file:%Y-%m-%d}."
        return [problem("Clock", late, SYNCHRONISE, **values)]
    apart_s = seen.wall_s - seen.steady_s
    if abs(apart_s) > APART_S:
        jumped = f"{sentence[:-1]}; while it was watched for {seen.steady_s:.1f} s it jumped by {apart_s:+.2f} s."
        remedy = "If this comes again, two programs set the clock: leave time synchronisation to one."
        return [warning("Clock", jumped, remedy, jumped_s=apart_s, **values)]
    return [ok("Clock", sentence, **values)]


def look(_: Given) -> Clock:
    """Watch the clocks for a moment."""
    import assistant

    began, began_s = datetime.now(UTC), time.monotonic()
    time.sleep(WATCHED_S)
    now, now_s = datetime.now(UTC), time.monotonic()
    files = Path(assistant.__file__).parent.glob("*.py")
    newest = max((datetime.fromtimestamp(file.stat().st_mtime, UTC) for file in files), default=began)
    local = now.astimezone()
    return Clock(local, f"{local:%Z} ({local:%z})", newest, (now - began).total_seconds(), now_s - began_s)


PROBE = Probe("Clock", 80, look, judge)
