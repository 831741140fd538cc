"""A talk with a server, without the socket: its events and what happens here go in, facts and our own events come out."""

from __future__ import annotations

from collections.abc import Callable

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.events import Degraded, Event, Failed, Interrupted, Restored, Routed, Stamped, ToolCalled
from assistant.latency import Timing
from clients.desktop import wire
from clients.desktop.marks import Marks, SentClock
from clients.desktop.replies import Replies
from clients.desktop.utterances import Utterances
from clients.desktop.wire import EXTRAS, Message, Uplink, inner, number, text

OURS = "parley-extensions"
"""The event_id of what asks for Parley's own events: who knows nothing of them refuses it, and that is no mistake."""

RESUME_NOT_FOUND, RESUME_TOO_LATE = "resume_not_found", "resume_too_late"

NO_MISTAKES = ("response_cancel_not_active", RESUME_TOO_LATE)
"""Refusals of what crossed with the server's own decision, and of what is told again in another way."""

LEAST_S = 0.1
"""Sound that a server takes for an utterance, at the least."""


class Remote:
    """Takes the events of a server of the Realtime protocol in order; `now_s` is the clock that facts are stamped with.

    Of a server that knows Parley's own events it makes use of them; any other one will do.
    """

    def __init__(
        self,
        tell: Callable[[Stamped], None],
        send: Callable[[Message], None],
        timed: Callable[[Timing], None] = lambda _: None,
        note: Callable[[str], None] = lambda _: None,
        *,
        hears_itself: bool = False,
    ) -> None:
        """Begin a talk that is not connected yet.

        Args:
            tell: takes the facts.
            send: takes what the server is to be told, in order.
            timed: takes what a turn took, where the server tells its part of it.
            note: takes sentences about the connection.
            hears_itself: what the speaker plays may be in the microphone's sound.
        """
        self._hears_itself = hears_itself
        self._tell_stamped, self._send, self._note = tell, send, note
        self._clock, self._marks, self._uplink = SentClock(), Marks(timed), Uplink()
        self._replies, self._utterances = Replies(self._tell, send), Utterances(self._tell, self._clock)
        self._now_s = self._said_s = 0.0
        self._push = self._resuming = False
        self._token: str | None = None
        self._after: str | None = None
        self._waited_s = 0.0  # a fixed silence behind each utterance
        self.granted: frozenset[str] = frozenset()
        """Which of Parley's own events the server sends."""

    # --- what happens here -------------------------------------------------------------------------------------------------

    def connected(self, now_s: float) -> None:
        """There is a connection, the first one or another one."""
        self._now_s, self.granted = now_s, frozenset()
        self._clock.interrupted()
        if self._token is None:
            self._replies.give_up(now_s)
            self._begin()
        else:
            self._resuming = True
            self._send(wire.resume(self._token, self._after))

    def lost(self, now_s: float) -> None:
        """The connection broke; what has come of a reply is still played."""
        self._now_s = now_s
        if not self._replies.sounding:
            self._tell(Interrupted(self._utterances.turn))

    def listen(self, *, push: bool) -> None:
        """From now on the client says when an utterance is over, or the server does."""
        if push != self._push:
            self._push = push
            self._send(wire.set_turns(push=push))

    def hear(self, samples: Samples, now_s: float) -> None:
        """Send what the microphone gave just now, 16 kHz."""
        seconds = samples.size / LISTEN_RATE_HZ
        self._said_s += seconds
        self._clock.push(seconds, now_s)
        if pcm := self._uplink.push(samples):
            self._send(wire.append(pcm))

    def open(self, now_s: float) -> None:
        """The key of push-to-talk is down."""
        self._now_s, self._said_s = now_s, 0.0
        self._send({"type": "input_audio_buffer.clear"})
        self._utterances.begin()

    def commit(self, now_s: float) -> None:
        """What was said with the key is over."""
        self._now_s = now_s
        if self._said_s < LEAST_S:
            self._tell(Interrupted(self._utterances.turn))
            return
        self._utterances.end(None, self._clock.sent_s, now_s)
        self._send({"type": "input_audio_buffer.commit"})
        self._send({"type": "response.create"})

    def interrupt(self, now_s: float) -> None:
        """Stop what is being said: the key."""
        self._now_s = now_s
        if (response := self._replies.coming) is not None:
            self._send({"type": "response.cancel", "response_id": response})
        self._replies.stop(now_s)

    def playback_started(self, now_s: float) -> None:
        """The speaker is heard."""
        self._now_s = now_s
        if (turn := self._replies.started(now_s)) is not None:
            self._marks.played(turn, now_s)

    def playback_done(self, now_s: float) -> None:
        """The speaker has played all that it was given."""
        self._now_s = now_s
        self._replies.drained()

    # --- what the server says ----------------------------------------------------------------------------------------------

    def push(self, message: Message, now_s: float) -> None:
        """Take the next event of the server; what means nothing here is passed over."""
        self._now_s = now_s
        kind = text(message, "type")
        if self._resuming and kind == "session.created":
            return  # of a session that is left at once
        if kind != "error" and (name := text(message, "event_id")):
            self._after = name
        match kind.partition(".")[0]:
            case "session":
                self._of_session(kind, inner(message, "session"))
            case "error":
                self._refused(inner(message, "error"))
            case "response":
                self._of_response(kind, message)
            case "x":
                self._of_ours(kind, message)
            case _:
                self._of_speech(kind, message)

    def _of_session(self, kind: str, session: Message) -> None:
        if kind != "session.updated":
            return
        extra = inner(session, "x")
        events = extra.get("events")
        self.granted = frozenset(map(str, events if isinstance(events, list) else ()))
        self._token = text(extra, "resume") or self._token
        self._waited_s = number(inner(session, "audio", "input", "turn_detection"), "silence_duration_ms") / 1000
        if self._resuming:
            self._resuming = False
            self._note("The conversation goes on.")
            self._send(wire.set_turns(push=self._push))

    def _refused(self, error: Message) -> None:
        code = text(error, "code")
        if code in (RESUME_NOT_FOUND, RESUME_TOO_LATE):
            self._replies.give_up(self._now_s)
        if code == RESUME_NOT_FOUND:
            self._resuming, self._token, self._after = False, None, None
            self._note("The conversation could not be taken up again; this is a new one.")
            self._begin()
        elif code not in NO_MISTAKES and error.get("event_id") != OURS:
            self._tell(Failed(0, text(error, "message"), code))

    def _of_speech(self, kind: str, message: Message) -> None:
        item, utterances = text(message, "item_id"), self._utterances
        match kind.removeprefix("input_audio_buffer.").removeprefix("conversation.item.input_audio_transcription."):
            case "speech_started":
                self._replies.stop(self._now_s)
                utterances.begin(item, number(message, "audio_start_ms") / 1000)
            case "speech_stopped":
                at_s = number(message, "audio_end_ms") / 1000
                self._clock.told(at_s)
                utterances.end(item, at_s if self.granted else at_s - self._waited_s, self._now_s)
            case "committed":
                utterances.commit(item)
            case "delta" if "x.transcript.partial" not in self.granted:
                utterances.add(item, text(message, "delta"))
            case "completed":
                utterances.write(item, text(message, "transcript"))
            case "failed":
                error = inner(message, "error")
                utterances.fail(item, text(error, "message"), text(error, "code"))

    def _of_response(self, kind: str, message: Message) -> None:
        name = text(message, "response_id")
        match kind.removeprefix("response."):
            case "created":
                self._replies.begin(text(inner(message, "response"), "id"), self._utterances.answer())
            case "output_audio_transcript.delta" | "output_text.delta":
                self._replies.said(name, text(message, "delta"), in_phrases="x.phrase" in self.granted)
            case "output_audio.delta":
                self._replies.sound(name, text(message, "item_id"), text(message, "delta"))
            case "done":
                response = inner(message, "response")
                status, error = text(response, "status"), inner(response, "status_details", "error")
                failed = (text(error, "message"), text(error, "code")) if status == "failed" else None
                self._replies.done(text(response, "id"), self._now_s, cancelled=status == "cancelled", failed=failed)

    def _of_ours(self, kind: str, message: Message) -> None:
        name = text(message, "response_id")
        turn = self._replies.turn_of(name)
        match kind:
            case "x.transcript.partial":
                words, stable = text(message, "text"), int(number(message, "stable_chars"))
                self._utterances.show(text(message, "item_id"), words[:stable], words[stable:])
            case "x.phrase":
                self._replies.phrase(name, text(message, "text"))
            case "x.tool" if turn is not None:
                self._tell(ToolCalled(turn, text(message, "name"), inner(message, "arguments"), text(message, "result")))
            case "x.routed" if turn is not None:
                self._tell(Routed(turn, text(message, "to"), text(message, "why")))
            case "x.degraded":
                self._tell(Degraded(turn or 0, text(message, "what"), text(message, "why")))
            case "x.restored":
                self._tell(Restored(turn or 0, text(message, "what")))
            case "x.latency" if turn is not None:
                marks = inner(message, "marks_ms")
                if "speech_end" in marks and (last_s := self._clock.when(number(marks, "speech_end") / 1000)) is not None:
                    self._marks.mark(turn, {name: number(marks, name) for name in marks}, last_s)

    # -----------------------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._send(wire.update(push=self._push))
        self._send(wire.extensions(EXTRAS, resume=True, hears_itself=self._hears_itself) | {"event_id": OURS})

    def _tell(self, event: Event) -> None:
        self._tell_stamped(Stamped(self._now_s, event))
