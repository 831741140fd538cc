"""The server's log as JSON, one object a line, for programs that collect logs. What anybody said, and what is secret, is in none of it."""

from __future__ import annotations

import json
import logging
import secrets
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

from assistant.events import Degraded, Restored, Stamped
from assistant.session import Observer
from server.outcomes import Outcomes

OURS = "parley"
"""Loggers below this name are ours, and their arguments are names and numbers."""

FRAMES = 8
"""Of an error's traceback, the innermost ones."""

log = logging.getLogger(f"{OURS}.sessions")


class Lines(logging.Formatter):
    """One record as one line.

    Messages of our own are told whole. Of a library's, only the first line of the message before its arguments are put in: these may be
    addresses, headers or what a client sent. Of an error, only its type and where it was raised: its message may quote what it met.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        ours = record.name.partition(".")[0] == OURS
        told: dict[str, Any] = {
            "time": at.replace("+00:00", "Z"), "level": record.levelname.lower(), "logger": record.name,
            "message": record.getMessage() if ours else (str(record.msg).splitlines() or [""])[0],
        }  # fmt: skip
        told |= getattr(record, "fields", {}) if ours else {}
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, frames = record.exc_info
            told["error"] = kind.__name__
            told["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(frames)[-FRAMES:]]
        return json.dumps(told)


@contextmanager
def json_lines(stream: TextIO) -> Iterator[None]:
    """Write all that is logged meanwhile to `stream`: ours from `info` on, of libraries from `warning` on."""
    root, ours = logging.getLogger(), logging.getLogger(OURS)
    handler, before = logging.StreamHandler(stream), ours.level
    handler.setFormatter(Lines())
    root.addHandler(handler)
    ours.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
        ours.setLevel(before)


def observer() -> Observer:
    """Return an observer that logs the answers of one session, under a name of the session that says nothing."""
    session, outcomes = secrets.token_hex(8), Outcomes()

    def observe(stamped: Stamped) -> None:
        match stamped.event:
            case Degraded(what=what):
                _say("degraded", session=session, what=what)
            case Restored(what=what):
                _say("restored", session=session, what=what)
        if (ended := outcomes.push(stamped)) is not None:
            timing = ended.timing or ended.asked
            stages = {name: round(1000 * after_s) for name, after_s in timing.in_order()} if timing else {}
            failed = {"code": ended.code} if ended.code is not None else {}
            _say("turn", session=session, turn=ended.turn, ended=ended.how, stages_ms=stages, **failed)

    return observe


def _say(message: str, **fields: Any) -> None:
    log.info(message, extra={"fields": fields})
