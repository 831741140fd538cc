"""Recorded speech of any length written down, in bounded memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace

from assistant.audio import Rechunker, Samples
from assistant.dictation import Stitcher, Windower
from assistant.engines import Detector, Recognizer, Word


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the transcript; seconds from the start of the audio."""

    text: str
    start_s: float
    end_s: float
    words: tuple[Word, ...] = ()
    """If times were asked for; theirs count from the start of the audio, too."""
    probability: float = 1.0
    """Of the text, as in `Recognition`."""


async def transcribe(
    blocks: AsyncIterator[Samples], detector: Detector, recognizer: Recognizer, language: str, *, times: bool = False
) -> AsyncGenerator[Segment, None]:
    """Yield the segments of 16 kHz audio that comes in blocks of any length, as soon as each is known; with `times`, word by word."""
    windower, stitcher = Windower(most_s=recognizer.hearing.window_s), Stitcher()
    async with aclosing(_chunks(blocks)) as chunks:
        async for chunk in chunks:
            windows = windower.finish() if chunk is None else windower.push(chunk, detector.probability(chunk))
            for window in map(stitcher.lead, windows):
                found = await recognizer.recognize(window.samples, language=language, times=times or window.cut)
                settled = stitcher.settle(found, window)
                if settled.text:
                    words = tuple(_moved(word, window.start_s) for word in settled.words) if times else ()
                    yield Segment(settled.text, window.start_s, settled.end_s, words, found.probability)


def _moved(word: Word, by_s: float) -> Word:
    return replace(word, start_s=word.start_s + by_s, end_s=word.end_s + by_s)


async def _chunks(blocks: AsyncIterator[Samples]) -> AsyncGenerator[Samples | None, None]:
    """Yield the audio in chunks, the last one filled up with silence, then None."""
    rechunker = Rechunker()
    async for block in blocks:
        for chunk in rechunker.push(block):
            yield chunk
    for chunk in rechunker.fill():
        yield chunk
    yield None
