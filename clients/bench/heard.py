"""`parley bench heard`: replies stopped at random, and how far the words that count as heard are from those a recognizer finds there."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr
from rich.console import Console

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.engines import Recognizer, Voice, Word
from assistant.errors import InputError
from assistant.heard import Playback
from assistant.phrases import Phraser
from assistant.settings import Settings
from assistant.words import word_spans
from clients.cli.running import print_json
from clients.cli.stderr import counted, errors
from models.load import load_recognizer, load_voice
from models.starter import STARTER
from models.starter.recipe.corpus import Lang, sentences

LANGUAGE: Lang = "en"

MOST_TRIES = 20
"""Sentences spoken for each stop wanted: a voice of which the recognizer understands less cannot be measured with it."""


@dataclass(frozen=True)
class Reply:
    """A sentence as a session would send it to the speaker, and the words that the recognizer finds in its sound, one for each of its own."""

    playback: Playback
    words: tuple[Word, ...]

    def off(self, played_s: float) -> int:
        """Return how many words too many (or, below 0, too few) count as heard; both sides count a word from its middle on."""
        true = sum((word.start_s + word.end_s) / 2 <= played_s for word in self.words)
        return len(word_spans(self.playback.heard(played_s))) - true


async def bench_heard(settings: Settings, n: int, *, seed: int, as_json: bool) -> None:
    """Stop `n` spoken test sentences at random and print how many words off `heard` is.

    The truth is the recognizer's: the times at which it hears the words in the whole sound. Only sentences that it writes down
    right count, each for one stop.

    Raises:
        InputError: it writes down too few right.
    """
    rng = random.Random(seed)
    async with AsyncExitStack() as stack:
        with errors.status("Loading the models …"):
            voice, close = await load_voice(LANGUAGE, settings.models)
            stack.push_async_callback(close)
            recognizer, close = await load_recognizer(LANGUAGE, settings.models)
            stack.push_async_callback(close)
        texts = sentences("test", LANGUAGE)
        rng.shuffle(texts)
        texts = texts[: n * MOST_TRIES]
        spoken, off = 0, list[int]()
        replies = await stack.enter_async_context(aclosing(_replies(texts, voice, recognizer)))
        with counted("Stopping", n) as done:
            async for reply in replies:
                spoken += 1
                if reply is not None:
                    off.append(reply.off(rng.uniform(0, reply.playback.seconds)))
                    done()
                if len(off) == n:
                    break
    voice_name = str(settings.models.voices.get(LANGUAGE, STARTER.voices[LANGUAGE]))
    if len(off) < n:
        raise InputError(
            f"Only {len(off)} of {len(texts)} sentences were written down right; take a smaller -n, or a recognizer that understands {voice_name}."
        )
    result = {"n": n, "seed": seed, "voice": voice_name, "spoken": spoken, "words_off": _shares(off)}
    if as_json:
        print_json(result)
    else:
        _show(result)


async def _replies(texts: Sequence[str], voice: Voice, recognizer: Recognizer) -> AsyncGenerator[Reply | None, None]:
    """Speak one text after the other; None for one that the recognizer does not write down right."""
    for text in texts:
        playback, samples = await _speak(text, voice)
        if samples.size > recognizer.hearing.window_s * LISTEN_RATE_HZ:
            continue
        found = await recognizer.recognize(samples, language=LANGUAGE, times=True)
        right = [_plain(word.text) for word in found.words] == [_plain(text[span]) for span in word_spans(text)]
        yield Reply(playback, found.words) if right else None


async def _speak(text: str, voice: Voice) -> tuple[Playback, Samples]:
    """Return a text in phrases as a session would play it, and its sound at 16 kHz."""
    phraser, playback, parts = Phraser(), Playback(), [silence(0)]
    for phrase in (*phraser.push(text), *phraser.flush()):
        playback.begin(phrase)
        async with aclosing(voice.speak(phrase)) as sounds:
            async for sound in sounds:
                playback.push(sound.samples.size / voice.sample_rate_hz, sound.words)
                parts.append(sound.samples)
    return playback, soxr.resample(np.concatenate(parts), voice.sample_rate_hz, LISTEN_RATE_HZ)


def _plain(word: str) -> str:
    return re.sub(r"[^\w']", "", word.lower().replace("’", "'"))


def _shares(off: Sequence[int]) -> dict[str, float]:
    """Return the share of the stops that are so many words off, in percent."""
    counts = {
        "0": sum(words == 0 for words in off),
        "at_most_1": sum(abs(words) <= 1 for words in off),
        "more": sum(abs(words) > 1 for words in off),
        "too_many": sum(words > 0 for words in off),
        "too_few": sum(words < 0 for words in off),
    }
    return {name: round(100 * count / len(off), 1) for name, count in counts.items()}


def _show(result: dict[str, Any]) -> None:
    shares = result["words_off"]
    console = Console(emoji=False, highlight=False)
    console.print(
        f"{result['n']} stops at random, seed {result['seed']}; {result['voice']}; {result['spoken']} sentences spoken, the others misheard",
        soft_wrap=True,
    )
    console.print(
        f"exact words      {shares['0']:5.1f} %  (one or more too many {shares['too_many']:.1f} %, too few {shares['too_few']:.1f} %)"
    )
    console.print(f"at most 1 off    {shares['at_most_1']:5.1f} %")
    console.print(f"more than 1 off  {shares['more']:5.1f} %")
