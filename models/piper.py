"""Piper's neural voices. One step costs one sentence of a phrase. The package is GPL-3: this engine runs in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from assistant.engines import Sound, Word
from assistant.errors import EngineUnavailable
from assistant.words import word_spans

_STRESS = frozenset("ˈˌ")
"""They come and go with the words around, so they are not counted: each belongs to the phoneme behind it."""


class PiperVoice:
    """One voice: `NAME.onnx` with `NAME.onnx.json` beside it."""

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        """Load the voice.

        Args:
            path: the file of the network.
            threads: onnxruntime's own number is all cores, whose threads wait for one another at full speed: on two cores that
                took 250 ms of processor time for a phrase that takes one thread 150.

        Raises:
            EngineUnavailable: the files are no Piper voice.
        """
        import onnx  # these here and not above: only the voice's own process may load them
        import onnxruntime
        import piper
        from piper.patch_voice_with_alignment import add_alignment_output

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        try:
            network = onnx.load(path)
            with suppress(ValueError):  # it tells the lengths of its phonemes as it is, or never
                add_alignment_output(network)
            self._voice: Any = piper.PiperVoice(
                onnxruntime.InferenceSession(network.SerializeToString(), options, providers=["CPUExecutionProvider"]),
                piper.PiperConfig.from_dict(json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))),
            )
        except Exception as error:
            raise EngineUnavailable(f"The voice {path} cannot be loaded ({error}); put a complete Piper voice there.") from error
        self.sample_rate_hz: int = self._voice.config.sample_rate
        self._length: float = self._voice.config.length_scale
        self._manner: Any = piper.SynthesisConfig

    def speak(self, text: str, rate: float = 1.0) -> Iterator[Sound]:
        """Yield the sounds of a phrase, one a sentence; at `rate` 2 it takes half the time.

        The words' times come from the lengths of the phonemes; in a voice that does not tell these, all phonemes of a sentence
        count as equally long.
        """
        spans = word_spans(text)
        edges = self._edges(text, spans)
        before = 0  # phonemes of the sentences before
        number = 0  # of the next word
        for chunk in self._voice.synthesize(text, self._manner(length_scale=self._length / rate), include_alignments=True):
            times = _times(chunk, self.sample_rate_hz)
            words = []
            # Counts may be off by a phoneme at the edge of a sentence: a word is where its middle is.
            while number < len(spans) and times and edges[number] + edges[number + 1] <= 2 * (before + len(times)):
                first, last = (min(max(edge - before, 0), len(times) - 1) for edge in (edges[number], edges[number + 1] - 1))
                words.append(Word(text[spans[number]], times[first][0], times[last][1] if last >= first else times[first][0]))
                number += 1
            before += len(times)
            yield Sound(chunk.audio_float_array, tuple(words))

    def _edges(self, text: str, spans: Sequence[slice]) -> list[int]:
        """Return how many phonemes stand before each word, and in all: those of the text up to there, as it would sound alone."""
        counts = (sum(map(_sounds, (p for sentence in self._voice.phonemize(text[: span.stop]) for p in sentence))) for span in spans)
        return [*accumulate(counts, max, initial=0)]


def _sounds(phoneme: str) -> bool:
    return phoneme not in _STRESS and any(character.isalnum() for character in phoneme)


def _times(chunk: Any, rate_hz: int) -> list[tuple[float, float]]:
    """Return start and end of each phoneme that sounds, in seconds."""
    phonemes = ["", *chunk.phonemes, ""]  # between the marks of the beginning and the end
    if aligned := chunk.phoneme_alignments:
        samples = [alignment.num_samples for alignment in aligned]
    else:
        samples = [chunk.audio_float_array.size / len(phonemes)] * len(phonemes)
    times: list[tuple[float, float]] = []
    stressed_s: float | None = None
    for phoneme, (start, end) in zip(phonemes, pairwise(accumulate(map(float, samples), initial=0.0)), strict=True):
        if phoneme in _STRESS:
            stressed_s = start / rate_hz
        elif _sounds(phoneme):
            times.append((start / rate_hz if stressed_s is None else stressed_s, end / rate_hz))
            stressed_s = None
    return times
