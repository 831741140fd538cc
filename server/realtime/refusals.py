"""What a client did wrong, in the protocol's words. Only what clients can mend is an error: several end at any other."""

from __future__ import annotations

from assistant.errors import WireError

CLOSE_ENDED, CLOSE_AWAY, CLOSE_OVERLOADED = 1000, 1001, 1013
"""WebSocket close codes: done, shutting down, too slow or too much."""


class Refused(WireError):
    """One client event is answered by an `error` event; the session goes on."""

    def __init__(self, message: str, code: str = "invalid_value", param: str | None = None) -> None:
        """Say what was wrong.

        Args:
            message: one sentence with the value and the remedy.
            code: what programs look at.
            param: the dotted path of the wrong field.
        """
        super().__init__(message)
        self.wire_code, self.param = code, param

    def as_event(self, echoed: str | None) -> dict[str, object]:
        """Return the `error` event; `echoed` is the event_id of what it answers."""
        error = {
            "type": "invalid_request_error", "code": self.wire_code, "message": str(self), "param": self.param, "event_id": echoed,
        }  # fmt: skip
        return {"type": "error", "error": error}
