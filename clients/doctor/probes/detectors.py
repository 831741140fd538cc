"""The detectors: the one that tells speech from noise, and the one that hears when somebody has finished, if the settings name one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter

from clients.doctor.probe import Given, Probe
from clients.doctor.trial import Trial, judged, milliseconds, tried

SURE = 0.5
REMEDY = "Install faster-whisper again: pip install --force-reinstall faster-whisper."


def look(given: Given) -> Sequence[Trial]:
    """Let both hear something."""

    async def both() -> list[Trial]:
        trials = [await tried("speech detector", _silero)]
        if given.settings.models.turn_detector:
            trials.append(await tried("turn detector", lambda: _smart_turn(given)))
        return trials

    return asyncio.run(both())


async def _silero() -> Trial:
    began_s = perf_counter()
    from assistant.audio import CHUNK_SAMPLES, silence
    from models.silero import SileroDetector

    detector, load_s = SileroDetector(), perf_counter() - began_s
    began_s = perf_counter()
    probability = detector.probability(silence(CHUNK_SAMPLES))
    work_s = perf_counter() - began_s
    sentence = f"32 ms of silence judged in {milliseconds(work_s)}, a speech probability of {probability:.2f}"
    return Trial("speech detector", load_s, work_s, sentence, "it takes silence for speech" if probability > SURE else "", REMEDY)


async def _smart_turn(given: Given) -> Trial:
    from assistant.audio import LISTEN_RATE_HZ, silence
    from models.smart_turn import SmartTurn

    path = given.settings.models.turn_detector
    assert path is not None
    began_s = perf_counter()
    detector, load_s = SmartTurn(path), perf_counter() - began_s
    began_s = perf_counter()
    detector.probability(silence(LISTEN_RATE_HZ))
    work_s = perf_counter() - began_s
    return Trial("turn detector", load_s, work_s, f"8 s judged in {milliseconds(work_s)}")


PROBE = Probe("Detection", 100, look, judged, doing="Loading the detectors", limit_s=60, light=False)
