"""espeak-ng as a `Voice`: clear, tiny, instant, robotic; what speaks when no Piper voice is at hand.

The shared library and its data come from the `espeakng-loader` wheel. espeak-ng keeps its state in globals, so there is
one `Espeak` a process; Parley runs it in a worker process of its own (`models/load.py`), which also keeps its GPL-3
code apart from ours.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import espeakng_loader
import numpy as np

from assistant.audio import Samples
from assistant.engines import Sound, Word
from assistant.errors import EngineError, EngineUnavailable
from assistant.words import spread, word_spans

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: samples come to the callback inside espeak_Synth
_DONT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT: report missing data instead of ending the process
_IPA_EVENTS = 0x1 | 0x2  # espeakINITIALIZE_PHONEME_EVENTS, PHONEME_IPA: tell of each phoneme as it is said
_CHARS_UTF8 = 1
_RATE, _PITCH, _PITCH_RANGE = 1, 3, 4  # espeak_PARAMETER
_WORD_EVENT, _PHONEME_EVENT = 1, 7  # espeak_EVENT_TYPE; 0 ends the list of events

_SILENT = 0.01
"""Samples that stay below this are a pause."""


class _SynthesisEvent(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_SynthesisEvent))


@dataclass(frozen=True)
class Manner:
    """How espeak-ng speaks: a voice such as `en-us` or `es-419+f2`, words a minute, pitch and its range in 0..100."""

    voice: str
    rate_wpm: int = 165
    pitch: int = 50
    pitch_range: int = 50


class Espeak:
    """The library itself. `synthesize` blocks; about 100 times faster than real time."""

    def __init__(self) -> None:
        data = Path(espeakng_loader.get_data_path())
        try:
            self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        except OSError as error:
            raise EngineUnavailable(f"espeak-ng cannot be loaded ({error}); reinstall the package espeakng-loader.") from error
        self.sample_rate_hz: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, str(data.parent).encode(), _DONT_EXIT | _IPA_EVENTS)
        if self.sample_rate_hz <= 0:
            raise EngineUnavailable(f"espeak-ng finds no data in {data}; a path of at most 150 characters works.")
        self.word_starts: list[tuple[int, float]] = []
        """Where espeak-ng begins a word of the last text: characters from the start of the text, and seconds into its sound.

        Its words are not those of the text: "4.83" is four, "in the" is one.
        """
        self.phoneme_starts: list[tuple[str, float]] = []
        """The phonemes of the last text in IPA, empty for a pause, and where each begins, in seconds into its sound."""
        self._pieces: list[np.ndarray[Any, np.dtype[np.int16]]] = []
        self._callback = _Callback(self._collect)  # kept: the library holds only a pointer to it
        self._library.espeak_SetSynthCallback(self._callback)
        self._voice = ""

    def _collect(self, wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            self._pieces.append(np.ctypeslib.as_array(wave, (count,)).copy())
        number = 0
        while (event := events[number]).type:
            if event.type == _WORD_EVENT:
                self.word_starts.append((event.text_position - 1, event.audio_position / 1000))
            elif event.type == _PHONEME_EVENT:
                self.phoneme_starts.append((event.id.decode(), event.audio_position / 1000))
            number += 1
        return 0

    def synthesize(self, text: str, manner: Manner) -> Samples:
        """Return `text` as float32 samples at `sample_rate_hz`; empty for text without speech. Raises EngineError for an unknown voice."""
        if manner.voice != self._voice:
            if self._library.espeak_SetVoiceByName(manner.voice.encode()) != 0:
                raise EngineError(f"espeak-ng has no voice {manner.voice!r}; take one such as 'en-us' or 'es-419+f2'.")
            self._voice = manner.voice
        for parameter, value in ((_RATE, manner.rate_wpm), (_PITCH, manner.pitch), (_PITCH_RANGE, manner.pitch_range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._pieces.clear()
        self.word_starts.clear()
        self.phoneme_starts.clear()
        self._library.espeak_ng_SetRandSeed(1)  # its breath is noise: the same text is to give the same sound
        raw = text.encode()
        self._library.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, _CHARS_UTF8, None, None)
        self._library.espeak_Synchronize()
        if not self._pieces:
            return np.zeros(0, np.float32)
        samples: Samples = np.concatenate(self._pieces).astype(np.float32) / np.float32(32768)
        return samples


VOICES = {
    "de": Manner("de"), "en": Manner("en-us"), "es": Manner("es-419"), "fr": Manner("fr-fr"), "it": Manner("it"), "nl": Manner("nl"),
    "pl": Manner("pl"), "pt": Manner("pt-br"),
}  # fmt: skip
"""By language, ISO 639-1."""


class EspeakVoices:
    """espeak-ng in the languages of `VOICES`, each used as a `Voice`. One step costs one phrase, about 2 ms."""

    def __init__(self) -> None:
        self._espeak = Espeak()
        self.sample_rate_hz = self._espeak.sample_rate_hz

    def speak(self, language: str, text: str, rate: float = 1.0) -> Iterator[Sound]:
        """Yield the sound of one phrase with its words; at `rate` 2 it takes half the time."""
        voice = VOICES[language]
        samples = self._espeak.synthesize(text, replace(voice, rate_wpm=round(voice.rate_wpm * rate)))
        if samples.size:
            yield Sound(samples, _words(text, self._espeak.word_starts, samples, self.sample_rate_hz))


def _words(text: str, starts: Sequence[tuple[int, float]], samples: Samples, rate_hz: int) -> tuple[Word, ...]:
    """Return the words of `text` with their times; those that espeak-ng runs together share theirs by their letters."""
    spans = word_spans(text)
    begun: dict[int, float] = {}  # word -> where the first of espeak-ng's own words in it begins
    for position, start_s in starts:
        number = max((n for n, span in enumerate(spans) if span.start <= position), default=0)
        begun.setdefault(number, start_s)
    edges = sorted({0, *begun, len(spans)})
    words: list[Word] = []
    for first, behind in pairwise(edges):
        start_s = begun.get(first, 0.0)
        end_s = begun.get(behind, samples.size / rate_hz)
        words += spread(text[spans[first].start : spans[behind - 1].stop], start_s, _spoken_until(samples, start_s, end_s, rate_hz))
    return tuple(words)


def _spoken_until(samples: Samples, start_s: float, end_s: float, rate_hz: int) -> float:
    """Return where the last sound between two times ends: a pause belongs to no word."""
    loud = np.flatnonzero(np.abs(samples[round(start_s * rate_hz) : round(end_s * rate_hz)]) > _SILENT)
    return min(start_s + (int(loud[-1]) + 1) / rate_hz, end_s) if loud.size else end_s
