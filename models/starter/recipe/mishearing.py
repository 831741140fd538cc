"""Mine the starter recognizer's errors, which go into `hearing.TABLE`.

Training sentences and requests are spoken by the voices that the recognizer learned from, in light noise, and what it writes down is
compared with what was said. Errors that nobody could repair are left out: a number that became another one, a unit another unit.
"""

from __future__ import annotations

import lzma
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from pathlib import Path

from assistant.audio import LISTEN_RATE_HZ
from models.starter import FOLDER, STARTER
from models.starter.recipe import asr_data, slots
from models.starter.recipe.hearing import MOST_WORDS
from models.starter.recipe.lexicon import words
from models.starter.recipe.speakers import Speakers
from models.whisper import WhisperEngine

LONGEST_DROPPED = 3
"""Letters of a word that may be missing in what was heard: a longer one carries what was meant."""

_NUMBERS = {*slots.ONES, *slots.TENS, "hundred", "thousand"}
_UNITS = {word: one for kind in slots.UNITS.values() for one, many in kind for name in (one, many) for word in name.split()}
_DECIDING = {word: word for word in (*_NUMBERS, "today", "tomorrow", "yesterday", "timer", "alarm", "a.m", "p.m", "p", "m")} | _UNITS
"""Words that a request turns on -> what they are the same as."""

Errors = dict[str, Counter[str]]


def differences(said: list[str], heard: list[str]) -> Iterable[tuple[str, str]]:
    """Yield (what was said, what was heard instead), each of at most `MOST_WORDS` words; what was heard may be nothing."""
    for kind, a, b, c, d in SequenceMatcher(None, said, heard, autojunk=False).get_opcodes():
        if kind == "insert" and a > 0:
            a, c = a - 1, c - 1  # it came with the word before
        if kind != "equal" and 0 < b - a <= MOST_WORDS and d - c <= MOST_WORDS:
            yield " ".join(said[a:b]), " ".join(heard[c:d])


def repairable(said: str, heard: str) -> bool:
    """Tell whether somebody who only reads what was heard could know what was said."""
    meant, read = ({_DECIDING[word] for word in text.split() if word in _DECIDING} for text in (said, heard))
    if not heard:
        return not meant and len(said) <= LONGEST_DROPPED
    merged = len(heard.split()) < len(said.split())  # "in three" as "any": nothing is left to guess from
    return not meant or (not read - meant and not (merged and meant - read))


def mine(utterances: Iterable[tuple[str, str]]) -> tuple[Counter[str], Errors]:
    """Return how often each phrase was said, and the errors made of it, from (said, heard)."""
    times: Counter[str] = Counter()
    errors: Errors = defaultdict(Counter)
    for said, heard in utterances:
        a, b = words(said), words(heard)
        times.update(" ".join(a[at : at + size]) for size in range(1, MOST_WORDS + 1) for at in range(len(a) - size + 1))
        for wrong in differences(a, b):
            if repairable(*wrong):
                errors[wrong[0]][wrong[1]] += 1
    return times, errors


def save(times: Counter[str], errors: Mapping[str, Counter[str]], path: Path) -> None:
    """Write the table, whole or not at all."""
    partial = path.with_name(path.name + ".part")
    with lzma.open(partial, "wt", encoding="utf-8", preset=9) as file:
        for said in sorted(errors):
            heard = [f"{text}={count}" for text, count in sorted(errors[said].items())]
            file.write("\t".join([said, str(times[said]), *heard]) + "\n")
    partial.replace(path)


def listen(seed: int, count: int) -> Iterable[tuple[str, str]]:
    """Yield what was said and what the recognizer heard, `count` times."""
    rng, speakers = random.Random(seed), Speakers("en")
    engine = WhisperEngine(FOLDER / STARTER.recognizers["en"], "en", threads=1)
    texts = asr_data.spoken_texts("en", rng)
    done = 0
    while done < count:
        text = next(texts)
        speech = speakers.say(text, rng)
        if LISTEN_RATE_HZ // 10 < speech.size < (asr_data.MOST_SECONDS - 1) * LISTEN_RATE_HZ:
            yield text, engine.recognize(asr_data.place(speech, rng)).text
            done += 1


def make(out: Path, sittings: int, sitting: int) -> None:
    """Mine `sittings` times `sitting` utterances, each sitting by its own seed, and write the table to the file `out`."""
    out.parent.mkdir(parents=True, exist_ok=True)
    times, errors = mine(heard for seed in range(sittings) for heard in listen(seed, sitting))
    save(times, errors, out)
    wrong = sum(sum(counts.values()) for counts in errors.values())
    print(f"{len(errors)} phrases, {wrong} errors, {out.stat().st_size / 1000:.0f} kB")
