"""What a session knows at each silence of an utterance: the real detector, recognizer and language model, on the audio's own clock."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from dataclasses import dataclass
from itertools import islice
from math import inf

from assistant.audio import CHUNK_S, CHUNK_SAMPLES, Rechunker
from assistant.completeness import bare
from assistant.endpoint import Endpointer, Kind
from assistant.engines import Engines, Message
from assistant.governor import Plan
from assistant.patience import Waits
from assistant.respond import SYSTEM
from assistant.scribe import HUSH_CHUNKS, Scribe
from models.starter.recipe.pauses import TAIL_S, Paused

_NEVER = Waits(2 * TAIL_S, 2 * TAIL_S, 2 * TAIL_S, 2 * TAIL_S)
"""No silence ends an utterance here: every one is to be seen."""


@dataclass(frozen=True)
class Silence:
    """A silence long enough to be a pause, as the detector hears it; seconds into the audio."""

    begins_s: float
    ends_s: float
    """Infinite behind the end of speech."""


@dataclass(frozen=True)
class Moment:
    """A silence inside an utterance or at its end, and what is known `HUSH_CHUNKS` into it."""

    complete: bool
    """Whether all was said."""
    silence_s: float
    """How long until speech goes on; infinite at the end."""
    late_s: float
    """How much later than the sound the detector's speech ended; 0 inside the utterance."""
    text: str
    """The transcript of the audio so far."""
    anticipated: float
    """P(end) of the text by the language model."""
    turn: float | None
    """P(end) of the sound by the turn detector, if there is one."""
    took_s: float
    """Computing time of all three."""


async def moments(spoken: AsyncIterable[Paused], engines: Engines) -> AsyncGenerator[list[Moment], None]:
    """Yield the moments of each utterance in order; the last one is complete, unless the detector hears no end."""
    async for paused in spoken:
        yield await _of(paused, engines)


async def _of(paused: Paused, engines: Engines) -> list[Moment]:
    detector, chunks = engines.detector(), Rechunker().push(paused.samples)
    probabilities = [detector.probability(chunk) for chunk in chunks]
    scribe = Scribe(
        engines.recognizers["en"],
        "en",
        begin=lambda: None,
        tell=lambda *_: None,
        every_s=lambda: Plan().partial_every_s,
        judged=lambda: False,
    )
    heard = iter(zip(chunks, probabilities, strict=True))
    found: list[Moment] = []
    at = 0
    for silence in silences(probabilities, paused.end_s):
        known_at = round(silence.begins_s / CHUNK_S) + HUSH_CHUNKS
        for chunk, probability in islice(heard, known_at - at):
            scribe.push(chunk, probability)
            began_s = time.perf_counter()
            await scribe.look()
        at = known_at
        anticipated = await engines.language_model.anticipate([Message("system", SYSTEM), Message("user", bare(scribe.text))])
        turn = await engines.turn_detector.probability(paused.samples[: at * CHUNK_SAMPLES]) if engines.turn_detector else None
        took_s = time.perf_counter() - began_s
        complete = silence.ends_s == inf
        late_s = silence.begins_s - paused.end_s if complete else 0.0
        found.append(Moment(complete, silence.ends_s - silence.begins_s, late_s, scribe.text, anticipated, turn, took_s))
    return found


def silences(probabilities: Sequence[float], end_s: float) -> list[Silence]:
    """Return the silences up to the end of speech at `end_s`; what the detector takes for speech behind it does not count."""
    endpointer, found = Endpointer(waits=_NEVER), []
    begins_s = None
    for change in (change for probability in probabilities for change in endpointer.push(probability)):
        if change.kind is Kind.PAUSED:
            begins_s = change.at_s
        elif change.kind is Kind.RESUMED and begins_s is not None and change.at_s < end_s:
            found.append(Silence(begins_s, change.at_s))
            begins_s = None
        elif change.kind is Kind.RESUMED:
            break
    return [*found, Silence(begins_s, inf)] if begins_s is not None else found
