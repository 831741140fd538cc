"""Speech of any length written down, in bounded memory: cut at pauses, and where there is none, at words."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from assistant.audio import CHUNK_SAMPLES, Rechunker, Samples, silence
from assistant.dictation import Window, Windower
from assistant.engines import Detector, Recognition, Recognizer


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the transcript; seconds from the start of the audio."""

    text: str
    start_s: float
    end_s: float


async def transcribe(
    blocks: AsyncIterator[Samples], detector: Detector, recognizer: Recognizer, language: str
) -> AsyncGenerator[Segment, None]:
    """Yield the segments of 16 kHz audio that comes in blocks of any length, as soon as each is known."""
    rechunker, windower = Rechunker(), Windower(most_s=recognizer.window_s)

    async def written(windows: list[Window]) -> AsyncGenerator[Segment, None]:
        for window in windows:
            found = await recognizer.recognize(window.samples, language=language, times=window.ends == "limit")
            if text := settle(found, window, windower):
                yield Segment(text, window.start_s, window.speech_end_s)

    async for block in blocks:
        for chunk in rechunker.push(block):
            async for segment in written(windower.push(chunk, detector.probability(chunk))):
                yield segment
    rest = rechunker.flush()
    last = silence(CHUNK_SAMPLES)
    last[: rest.size] = rest
    for windows in (windower.push(last, detector.probability(last)), windower.finish()):
        async for segment in written(windows):
            yield segment


def settle(found: Recognition, window: Window, windower: Windower) -> str:
    """Return the words of a closed window that stay; where it was cut inside speech, the last ones are heard again.

    A window cut at its limit may end inside a word. So its last two words are given back: the windower keeps the audio
    from the end of the last word that stays, and the next window says them whole.
    """
    if window.ends != "limit" or len(found.words) < 4:
        return found.text
    stay = found.words[:-2]
    windower.keep_from(window.start_s + stay[-1].end_s)
    return " ".join(word.text for word in stay)
