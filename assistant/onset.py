"""Where a reply begins to be heard: voices start with a moment of silence, for which nobody has to wait."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assistant.engines import Sound

FAINT = 0.005
"""Of the loudest sample: what is fainter (-46 dB) is the silence before the first word."""

KEPT_S = 0.005
"""So much of the silence stays: a first consonant begins more softly than that."""


def prompt(sound: Sound, rate_hz: int) -> Sound:
    """Return a sound without the silence that it begins with; one that is silent throughout stays as it is."""
    loudness = np.abs(sound.samples)
    peak = float(np.max(loudness, initial=0.0))
    first = int(np.argmax(loudness > FAINT * peak)) if peak else 0
    cut = max(0, first - round(KEPT_S * rate_hz))
    if not cut:
        return sound
    cut_s = cut / rate_hz
    words = tuple(replace(word, start_s=max(0.0, word.start_s - cut_s), end_s=max(0.0, word.end_s - cut_s)) for word in sound.words)
    return Sound(sound.samples[cut:], words)
