"""What a client has appended and not committed."""

from __future__ import annotations

from collections.abc import Callable

from assistant.audio import Samples
from assistant.events import SpeechEnded, Stamped
from server.realtime.refusals import Refused
from server.realtime.wave import Decoder, Format, milliseconds

LEAST_COMMIT_MS = 100


class InputBuffer:
    """Passes sound on as it comes, and counts it; an observer of the session, which commits what it finds to be a turn."""

    def __init__(self, form: Format, hear: Callable[[Samples], None], automatic: Callable[[], bool]) -> None:
        """Take `form`; `hear` takes 16 kHz samples, and `automatic` tells whether turns are found in them."""
        self._decoder, self._hear, self._automatic = Decoder(form), hear, automatic
        self._ms = 0.0

    @property
    def form(self) -> Format:
        """The format of what is appended."""
        return self._decoder.form

    def take(self, form: Format) -> None:
        """Take `form` from now on."""
        if form != self.form:
            self._decoder = Decoder(form)

    async def append(self, data: bytes) -> None:
        """Take the next bytes."""
        self._ms += milliseconds(len(data), self.form)
        async for samples in self._decoder.slices(data):
            self._hear(samples)

    def commit(self) -> None:
        """Hear all of it to its end: it is an utterance.

        Raises:
            Refused: it is shorter than `LEAST_COMMIT_MS`.
        """
        if self._ms < LEAST_COMMIT_MS:
            raise Refused(
                f"Error committing input audio buffer: buffer too small. Expected at least {LEAST_COMMIT_MS} ms of audio, "
                f"but buffer only has {self._ms:.2f} ms of audio.",
                "input_audio_buffer_commit_empty",
            )
        self._ms = 0.0
        self._hear(self._decoder.flush())

    def clear(self) -> None:
        """Nothing of it counts."""
        self._ms = 0.0
        self._decoder.flush()

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        if isinstance(stamped.event, SpeechEnded) and self._automatic():
            self._ms = 0.0
