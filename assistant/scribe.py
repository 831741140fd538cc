"""Writes down one utterance while it is being spoken: partials on the way, the transcript at its end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from assistant.agreement import Agreement
from assistant.audio import CHUNK_S, LISTEN_RATE_HZ, Samples
from assistant.completeness import final_mark
from assistant.dictation import SPEECH, Stitcher, Window, Windower
from assistant.engines import Recognition, Recognizer
from assistant.errors import EngineError

HUSH_CHUNKS = 3
"""Silent chunks (96 ms) after which a pass is made that, if no word follows, *is* the final: done before the pause is one, and
enough silence for a recognizer to hear that a sentence is over (the starter model puts its full stop as often as after 160 ms)."""

GAP_S = 1.4
"""Silence that closes a window which is not long: an utterance seldom goes on behind so much, and the words around a shorter pause are
understood, and found complete, only together."""

TRIM_S = 2.0
"""Audio from which a pass that goes on getting longer settles its beginning: what a final costs does not grow with the utterance."""

TRIM_WORDS, CONTEXT_WORDS = 4, 2
"""Committed words from which their beginning is settled, and those of them that stay, so that the next pass begins with words it is told."""


class Scribe:
    """One utterance and its recognizer. `push` is called for every chunk of the stream, `run` is one task beside it.

    What is longer than the recognizer's window is settled window by window, so memory stays bounded.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        language: str,
        *,
        begin: Callable[[], None],
        tell: Callable[[Scribe, str, str], None],
        every_s: Callable[[], float],
        judged: Callable[[], bool],
    ) -> None:
        """Write with `recognizer` in `language`.

        Args:
            recognizer: does the passes, one at a time.
            language: ISO 639-1.
            begin: is called before each pass.
            tell: takes this scribe, and the committed and the tentative words of each pass.
            every_s: gives the new audio between two passes while somebody speaks.
            judged: whether it is still being judged if this is an utterance. Then no word becomes certain: its passes follow so close
                upon one another that two agree in their mistakes. And the one after `HUSH_CHUNKS` is made in any case.
        """
        self._recognizer, self._language, self._begin, self._tell = recognizer, language, begin, tell
        self._every_s, self._judged = every_s, judged
        self._windower = Windower(most_s=recognizer.hearing.window_s, gap_s=GAP_S)
        self._stitcher = Stitcher()
        self._closed: deque[Window] = deque()
        self._before: Scribe | None = None
        self._settled: list[str] = []
        self._agreement = Agreement()
        self._heard_s = 0.0  # the stream so far
        self._spoken_s = 0.0  # where the last spoken chunk ended
        self._covered_s = 0.0  # how far the last pass went
        self._last = ""  # what the last pass over the open window found
        self.probability = 0.0
        """The recognizer's, of the words it found last."""
        self._news = asyncio.Event()
        self._pass = asyncio.Lock()

    def push(self, chunk: Samples, probability: float) -> None:
        """Take the next 32 ms and its speech probability."""
        self._heard_s += CHUNK_S
        if probability >= SPEECH:
            self._spoken_s = self._heard_s
        self._closed.extend(self._windower.push(chunk, probability))
        if self._closed or self._pass_is_due():
            self._news.set()

    def forget(self) -> None:
        """Drop what was heard: it was no speech. The newest audio stays as pre-roll."""
        self._windower.forget()
        self._closed.clear()
        self._spoken_s = self._covered_s

    def go_on_from(self, before: Scribe) -> None:
        """Put the words of the scribe before this one in front: the speaker had only taken a breath."""
        self._before = before

    @property
    def text(self) -> str:
        """All that was understood so far."""
        return _join(self._known_before, *self._settled, self._last)

    @property
    def complete(self) -> bool:
        """Whether `text` goes past the last word."""
        return self._covered_s >= self._spoken_s

    async def run(self) -> None:
        """Make passes as the audio comes, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            with suppress(EngineError):  # the transcript tries again, and says so if it fails too
                await self.look()

    async def look(self) -> None:
        """Make the passes that are due, if any.

        Raises:
            EngineError: one failed.
        """
        async with self._pass:
            await self._settle()
            if not self._pass_is_due():
                return
            self._begin()
            passed = await self._recognize_open(times=not self.hushed)
            words = self._last.split()
            if not self._judged():
                self._agreement.push(words)
            tentative = words[self._agreement.committed :]
            self._tell(self, _join(self._known_before, *self._settled, self._agreement.text), " ".join(tentative))
            if passed is not None:
                self._trim(*passed)

    async def transcript(self) -> str:
        """Return all that was said; costs nothing when the last pass went past the last word."""
        before = await self._before.transcript() if self._before else ""
        async with self._pass:
            await self._settle()
            if self._covered_s < self._spoken_s:
                await self._recognize_open(times=False)
            return _join(before, *self._settled, self._last)

    @property
    def hushed(self) -> bool:
        """Whether nobody has spoken for `HUSH_CHUNKS`."""
        return self._heard_s - self._spoken_s >= (HUSH_CHUNKS - 0.5) * CHUNK_S  # half a chunk less: these are sums of floats

    def _pass_is_due(self) -> bool:
        if self.hushed:
            # A pass that went past the last word may have heard too little silence to tell that the sentence is over.
            thorough = self._judged() or not final_mark(self._last)
            return self._covered_s < self._spoken_s + ((HUSH_CHUNKS - 0.5) * CHUNK_S if thorough else 0.0)
        return self._heard_s - self._covered_s >= self._every_s() and self._windower.filling

    async def _recognize_open(self, *, times: bool) -> tuple[Recognition, Window] | None:
        """Make a pass over the open window, if there is one; return what it found, with times where it can be trimmed."""
        covered_s, window = self._heard_s, self._windower.open
        passed = None
        if window is not None:
            led = self._stitcher.lead(window)
            times = times and led.samples.size > TRIM_S * LISTEN_RATE_HZ
            found = await self._recognizer.recognize(led.samples, language=self._language, known=self._agreement.text, times=times)
            self._last, self.probability, passed = found.text, found.probability, (found, led)
        self._covered_s = covered_s
        return passed

    def _trim(self, found: Recognition, window: Window) -> None:
        """Settle the beginning of the open window, on which two passes agreed, unless it was closed meanwhile."""
        count = self._agreement.committed - CONTEXT_WORDS
        if count < TRIM_WORDS - CONTEXT_WORDS or len(found.words) < count or self._closed or not self._windower.filling:
            return
        self._windower.trim(window.start_s + found.words[count - 1].end_s)
        self._stitcher.drop()
        self._settled.append(self._agreement.settle(count))
        self._last = " ".join(self._last.split()[count:])

    async def _settle(self) -> None:
        """Recognise the windows that were closed: their words are final."""
        while self._closed:
            window = self._stitcher.lead(self._closed[0])
            found = await self._recognizer.recognize(window.samples, language=self._language, known=self._agreement.text, times=window.cut)
            self._closed.popleft()  # only now: a pass that failed or was cancelled is made again
            self._settled.append(self._stitcher.settle(found, window).text)
            self._agreement, self._last = Agreement(), ""
            self._covered_s = 0.0  # of the window after it, nothing: it begins with words that were given back

    @property
    def _known_before(self) -> str:
        before = self._before
        return _join(before._known_before, *before._settled, before._last) if before else ""


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)
