"""Whisper models in CTranslate2's format as a recognizer. One step costs one window: its encoding, then its tokens."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from math import exp, log
from pathlib import Path
from typing import Any, TypeAlias

import ctranslate2
import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from tokenizers import Tokenizer

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.engines import Hearing, Recognition, Word
from assistant.errors import EngineError, EngineUnavailable
from models.expected import BIAS, alternatives

_END, _START, _NO_TIMES, _TRANSCRIBE = "<|endoftext|>", "<|startoftranscript|>", "<|notimestamps|>", "<|transcribe|>"
_PREVIOUS = "<|startofprev|>"

SHORTEST_S = 0.1
"""Below this nothing is asked of the model: no word is so short."""

TOKENS_A_SECOND, TOKENS_AT_LEAST = 10, 8
"""More than anybody says in a second: what goes beyond is a loop of the decoder."""

FRAMES_A_SECOND = 100

WINDOW_S = 30
"""What the encoder of any Whisper model takes at most."""

MOST_EXPECTED = 100
"""Tokens of what is expected."""

MOST_TOKENS = 448
"""What the decoder of any Whisper model holds, the prompt included; half of it is kept for the text."""


IMPROBABLE = 1e-9
"""What no probability of a token is below, so that it has a logarithm."""

_Text: TypeAlias = tuple[str, list[int], float]
"""With its tokens and their probability."""


class WhisperEngine:
    """One model, one language. Audio is padded to 30 s only for models that learned it so: encoding 3 s costs a tenth of that."""

    def __init__(self, path: Path, language: str, *, threads: int = 1, beam: int = 1) -> None:
        """Load the model in `path`.

        Args:
            path: a folder with model.bin, config.json, vocabulary.json or .txt, tokenizer.json, and preprocessor_config.json if it has one.
            language: ISO 639-1; told to the model if it knows several.
            threads: one is faster than two for short audio.
            beam: hypotheses followed at once; 1 takes the likeliest token each time.

        Raises:
            EngineUnavailable: the files are no such model.
        """
        try:
            self._model: Any = ctranslate2.models.Whisper(
                str(path), device="cpu", intra_threads=threads, inter_threads=1, compute_type="int8"
            )
            self._tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
            about = path / "preprocessor_config.json"  # small public models come without
            settings = json.loads(about.read_text()) if about.exists() else {}
            if (end := self._tokenizer.token_to_id(_END)) is None:
                raise ValueError(f"its tokenizer has no {_END}")
        except Exception as error:
            raise EngineUnavailable(
                f"The speech recognition model in {path} cannot be loaded ({error}); put a complete one there."
            ) from error
        # Public models learned from 30 s, padded, and lose accuracy without it; one that learned from shorter audio says so.
        self.hearing = Hearing(
            window_s=float(settings.get("window_s", WINDOW_S)),
            marks_ends=bool(settings.get("marks_ends", False)),  # one that learned from speech that is not over says so
            padded="window_s" not in settings,
        )
        self._features = FeatureExtractor(feature_size=self._model.n_mels, chunk_length=30)
        self.language, self._beam = language, beam
        prompt = [_START, *([f"<|{language}|>", _TRANSCRIBE] if self._model.is_multilingual else []), _NO_TIMES]
        self._prompt = [self._tokenizer.token_to_id(token) for token in prompt]
        if None in self._prompt:
            raise EngineUnavailable(f"The speech recognition model in {path} does not know the language {language!r}; take one that does.")
        self._end = end
        # Public models learned to be told what was said before.
        self._previous: int | None = self._tokenizer.token_to_id(_PREVIOUS) if self.hearing.padded else None

    def recognize(self, samples: Samples, *, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        """Return what 16 kHz `samples` say, which begins with the words `known`: only those behind them are decoded.

        The words of `expected`, parted by commas, are likelier: one of them is written where the model finds it about as probable
        as what it nearly is, and a model that learned it reads them as if they had just been said.

        Raises:
            EngineError: more audio than the window holds.
        """
        seconds = samples.size / LISTEN_RATE_HZ
        if seconds < SHORTEST_S:
            return Recognition("", self.language)
        encoded = self.encode(samples)
        begun = self.tokens(known)
        most = round(TOKENS_A_SECOND * seconds) + TOKENS_AT_LEAST
        spoken, probability = self.decode(encoded, most, begun, before=self._before(expected))
        tokens = without_loops([token for token in spoken if token < self._end])
        heard = self._tokenizer.decode(tokens).strip(), tokens, probability
        if expected:
            heard = self._with_expected(encoded, heard, expected.split(", "), len(known), seconds)
        text, tokens, probability = heard
        words = self.align(encoded, tokens, seconds) if times and tokens else ()
        return Recognition(text, self.language, words, probability)

    def encode(self, samples: Samples) -> Any:
        """Return what the encoder makes of 16 kHz `samples`, at least `SHORTEST_S` of them, for `decode` and `align`.

        Raises:
            EngineError: more audio than the window holds.
        """
        seconds = samples.size / LISTEN_RATE_HZ
        if seconds > self.hearing.window_s:
            most = f"the recognizer's window of {self.hearing.window_s:g} s"
            raise EngineError(f"{seconds:.1f} s of audio are more than {most}; cut it at a pause.")
        if self.hearing.padded:
            samples = np.concatenate([samples, silence(WINDOW_S * LISTEN_RATE_HZ - samples.size)])
        mel = self._features(samples)[:, : WINDOW_S * FRAMES_A_SECOND]
        mel = mel[:, : mel.shape[1] // 2 * 2]  # the encoder halves the frames
        if mel.shape[1] == 2 * self._model.n_mels:
            # CTranslate2 tells a mel from what the encoder made of it by the number of rows: these would be encoded twice.
            mel = np.pad(mel, ((0, 0), (0, 2)), mode="edge")
        return self._model.encode(ctranslate2.StorageView.from_array(np.ascontiguousarray(mel[None])))

    def tokens(self, text: str) -> list[int]:
        """Return a text in the tokens of the model."""
        found: list[int] = self._tokenizer.encode(f" {text}", add_special_tokens=False).ids if text else []
        return found

    def _with_expected(self, encoded: Any, heard: _Text, terms: Sequence[str], begins: int, seconds: float) -> _Text:
        """Return what was heard with the terms, one after the other, that make it hardly less probable; `begins` as `alternatives` has it."""
        while alike := alternatives(heard[0], tuple(terms), begins):
            texts = [self.tokens(text) for text in alike]
            (before, _), *found = self._probabilities(encoded, [heard[1], *texts], seconds)
            (total, mean), text, tokens = max(zip(found, alike, texts, strict=True))
            if total < before - BIAS:
                break
            heard, terms = (text, tokens, mean), [term for term in terms if term not in text]
        return heard

    def _probabilities(self, encoded: Any, texts: Sequence[list[int]], seconds: float) -> list[tuple[float, float]]:
        """Return the logarithm of the probability of all tokens of each text together, and their geometric mean.

        The model is asked about all at once: it takes less than half the time of one after the other.
        """
        again = ctranslate2.StorageView.from_array(np.repeat(np.array(encoded), len(texts), axis=0))
        found = self._model.align(again, self._prompt[:-1], list(texts), [round(seconds * FRAMES_A_SECOND)] * len(texts))
        totals = [sum(log(max(probability, IMPROBABLE)) for probability in each.text_token_probs) for each in found]
        return [(total, exp(total / len(tokens))) for total, tokens in zip(totals, texts, strict=True)]

    def _before(self, expected: str) -> list[int]:
        return [self._previous, *self.tokens(expected)[-MOST_EXPECTED:]] if expected and self._previous is not None else []

    def decode(
        self, encoded: Any, most: int, begun: Sequence[int] = (), *, before: Sequence[int] = (), to_the_most: bool = False
    ) -> tuple[list[int], float]:
        """Return the tokens, which begin with those `begun`, up to `most` in all, never more than 224, and how probable the others are.

        That is their geometric mean; `before` are tokens of an earlier text; `to_the_most` goes on where the decoder would end.
        """
        prompt = [*before, *self._prompt, *begun]
        found = self._model.generate(
            encoded,
            [prompt],
            beam_size=self._beam,
            max_length=min(MOST_TOKENS, max(2 * most, most + len(prompt))),
            suppress_tokens=[-1, self._end] if to_the_most else [-1],  # -1: those that the model's files name
            return_scores=True,
        )[0]
        return found.sequences_ids[0], exp(found.scores[0])

    def align(self, encoded: Any, tokens: list[int], seconds: float) -> tuple[Word, ...]:
        """Return the words of `tokens` with their times, from the decoder's attention (dynamic time warping inside CTranslate2)."""
        frames = round(seconds * FRAMES_A_SECOND)
        found = self._model.align(encoded, self._prompt[:-1], [tokens], frames)[0]
        starts: dict[int, float] = {}
        for token, frame in found.alignments:
            starts.setdefault(token, frame * 2 / FRAMES_A_SECOND)
        pieces = self._pieces(tokens)
        words: list[Word] = []
        end_s = frames / FRAMES_A_SECOND
        for index, (piece, probability) in enumerate(zip(pieces, found.text_token_probs, strict=True)):
            at_s = starts.get(index, words[-1].end_s if words else 0.0)
            if piece.startswith(" ") or not words:
                if words:
                    words[-1] = replace(words[-1], end_s=at_s)
                words.append(Word(piece.strip(), at_s, end_s, probability))
            else:
                words[-1] = replace(words[-1], text=words[-1].text + piece, end_s=end_s, probability=words[-1].probability * probability)
        return tuple(words)

    def _pieces(self, tokens: list[int]) -> list[str]:
        """Return the text that each token adds; one that ends inside a letter adds nothing, and the next one the whole letter."""
        pieces, shown = [], ""
        for count in range(1, len(tokens) + 1):
            text = self._tokenizer.decode(tokens[:count])
            whole = shown if text.endswith("\ufffd") else text
            pieces.append(whole[len(shown) :])
            shown = whole
        return pieces


def without_loops(tokens: list[int]) -> list[int]:
    """Return the tokens up to where the same stretch of 2..8 comes a third time in a row: a decoder that has lost its place."""
    for end in range(len(tokens)):
        for size in range(2, 9):
            if end + 1 >= 3 * size:
                tail = tokens[end + 1 - size : end + 1]
                if tail == tokens[end + 1 - 2 * size : end + 1 - size] == tokens[end + 1 - 3 * size : end + 1 - 2 * size]:
                    return tokens[: end + 1 - 2 * size]
    return tokens
