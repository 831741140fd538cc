"""One utterance and what comes of it, as a client hears it: a fold over the server's events, without a socket or a clock."""

from __future__ import annotations

from dataclasses import dataclass

from clients.desktop.wire import RATE_HZ, Message, inner, text

SAMPLE_BYTES = 2

NOT_HEARD, NOT_SPOKEN, UNANSWERED, CUT_OFF, OVERTAKEN, LOST = (
    "not heard",
    "not spoken",
    "unanswered",
    "cut off",
    "overtaken",
    "connection lost",
)
"""How a turn fails beside the server's own codes: an empty transcript; an answer without sound; none at all; one only to what was said before a pause;
none before the next utterance; the connection ended meanwhile."""


@dataclass
class Exchange:
    """An utterance that is being said or answered. All times are seconds on one clock that only grows."""

    session: int
    counts: bool
    """Whether its latency counts: the first one of a session meets cold caches."""
    ended_s: float | None = None
    """When the last word had been said."""
    first_s: float | None = None
    """When the first audio of the answer came."""
    audio_bytes: int = 0
    failed: str | None = None
    over: bool = False
    """The answer is complete, or there will be none."""
    _response: str | None = None
    _early: bool = False

    @property
    def v2v_s(self) -> float | None:
        """From the end of speech in what was sent to the first audio that came; None without."""
        return None if self.first_s is None or self.ended_s is None else self.first_s - self.ended_s

    @property
    def audio_s(self) -> float:
        """How long the answer sounds."""
        return self.audio_bytes / SAMPLE_BYTES / RATE_HZ

    @property
    def played_s(self) -> float | None:
        """When its last sound has been heard by who plays it from its first on; None without sound."""
        return None if self.first_s is None else self.first_s + self.audio_s

    def fail(self, kind: str) -> None:
        """End it without an answer, unless it is over."""
        if not self.over:
            self.failed, self.over = kind, True

    def give_up(self, kind: str) -> None:
        """End it as one that nobody waits for any more; if something was answered to its beginning, that is said instead."""
        self.fail(CUT_OFF if self._early else kind)

    def push(self, event: Message, now_s: float) -> None:
        """Take one event of the server's."""
        if self.over:
            return
        match text(event, "type"):
            case "response.created":
                if self.ended_s is None:
                    self._early = True  # it answers what was said before a pause
                else:
                    self._response = text(inner(event, "response"), "id")
            case "response.output_audio.delta" if text(event, "response_id") == self._response:
                if self.first_s is None:
                    self.first_s = now_s
                self.audio_bytes += 3 * len(text(event, "delta")) // 4
            case "response.done" if text(inner(event, "response"), "id") == self._response:
                self._done(inner(event, "response"))
            case "conversation.item.input_audio_transcription.completed" if (
                self.ended_s is not None and not text(event, "transcript").strip()
            ):
                self.fail(NOT_HEARD)
            case "conversation.item.input_audio_transcription.failed" if self.ended_s is not None:
                self.fail(text(inner(event, "error"), "code") or "transcription failed")
            case "error":
                self.fail(text(inner(event, "error"), "code") or "error")

    def _done(self, response: Message) -> None:
        match text(response, "status"):
            case "completed" | "incomplete":
                self.over = True
                self.failed = NOT_SPOKEN if self.first_s is None else None
            case "cancelled":  # it went on: another response follows
                self._response = None
            case status:
                self.fail(text(inner(response, "status_details", "error"), "code") or status)
