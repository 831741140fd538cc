"""How good the starter models are on what they never saw: `python -m models.starter.score [asr-en|asr-es|llm|voice-en|all]`.

Recognition: test sentences by synthetic voices of the training and by ones that were kept out of it, clean and in noise. Translation, whole,
in steps and with given terms: the test split without sentences that also stand in the training, against one reference each. Requests
and what follows on them: phrasings that were kept out of training, in the ways they reach the model; right is a call with the same name
and the same arguments. The voice: how many letters the recognizer hears wrongly, of it and of its teacher. Intervals hold 95 % of the bootstrap.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.errors import ParleyError
from models.llama import LlamaEngine
from models.starter import FOLDER, STARTER, score_llm, score_voice
from models.starter.measure import NORMALISER, Score, normalised, percent, scorer
from models.starter.recipe import asr_data, requests
from models.starter.recipe.acoustics import in_noise
from models.starter.recipe.corpus import Lang, sentences
from models.starter.recipe.hearing import punctuate
from models.starter.recipe.speakers import Speakers
from models.whisper import WhisperEngine

UTTERANCES, REQUESTS, PHRASES = 300, 500, 100

LANGUAGES: tuple[Lang, ...] = ("en", "es")

NOISE_DB = 10.0
"""How far loud parts of the speech stand above the noise."""


def recognition(path: Path, lang: Lang, n: int, seed: int) -> list[Score]:
    """Score the recognizer in `path` on `n` test sentences in voices it learned from, in others, and in others in noise, on one thread."""
    engine = WhisperEngine(path, lang, threads=1)
    lines: list[Score] = []
    for voices, held_out in (("known voices", False), ("unseen voices", True)):
        rng, texts = random.Random(seed), sentences("test", lang)
        rng.shuffle(texts)
        speakers = Speakers(lang, held_out=held_out)
        spoken = _spoken(texts, speakers, n, rng)
        lines += _understood(engine, lang, voices, spoken, f"{speakers.names}, clean")
        if held_out:
            numbers = np.random.default_rng(seed)
            noisy = [(text, in_noise(samples, NOISE_DB, numbers)) for text, samples in spoken]
            lines += _understood(engine, lang, f"{voices}, noise", noisy, f"{speakers.names}, {NOISE_DB:g} dB above noise of many colours")
    return lines


def _understood(engine: WhisperEngine, lang: Lang, which: str, spoken: Sequence[tuple[str, Samples]], voices: str) -> list[Score]:
    jiwer, name = scorer("jiwer"), f"asr-{lang}"
    engine.recognize(spoken[0][1])  # the first pass also sets up the runtime
    began = time.perf_counter()
    heard = [normalised(engine.recognize(samples).text) for _, samples in spoken]
    took_s = time.perf_counter() - began
    said = [normalised(text) for text, _ in spoken]
    right = sum(a == b for a, b in zip(said, heard, strict=True))
    audio_s = sum(samples.size for _, samples in spoken) / LISTEN_RATE_HZ
    return [
        Score(f"{name} WER %, {which}", 100 * jiwer.wer(said, heard), len(spoken), f"Tatoeba test, {voices}; {NORMALISER}"),
        Score(f"{name} sentences right %, {which}", 100 * right / len(spoken), len(spoken), NORMALISER),
        Score(f"{name} real-time factor, {which}", took_s / audio_s, len(spoken), f"one thread, {audio_s:.0f} s of audio"),
    ]


def _spoken(texts: list[str], speakers: Speakers, n: int, rng: random.Random) -> list[tuple[str, Samples]]:
    found: list[tuple[str, Samples]] = []
    for text in texts:
        speech = speakers.say(text, rng)
        if LISTEN_RATE_HZ // 10 < speech.size < (asr_data.MOST_SECONDS - 1) * LISTEN_RATE_HZ:
            found.append((text, asr_data.place(speech, rng, clean=True)))
        if len(found) == n:
            break
    return found


def spoken_requests(engine: LlamaEngine, path: Path, n: int, seed: int) -> list[Score]:
    """Score the calls for `n` requests in unseen phrasings that the recognizer in `path` hears from unseen voices, and in writing."""
    rng, recognizer, speakers = random.Random(seed), WhisperEngine(path, "en", threads=1), Speakers("en", held_out=True)
    heard: list[float] = []
    read: list[float] = []
    while len(heard) < n:
        request = requests.sample(rng, unseen=True)
        for text, samples in _spoken([punctuate(request.text)], speakers, 1, rng):
            heard.append(score_llm.right(engine, request, recognizer.recognize(samples).text))
            read.append(score_llm.right(engine, request, text))
    how = f"unseen phrasings, {speakers.names}"
    return [percent("llm calls right %, spoken", heard, how), percent("llm calls right %, the same in writing", read, how)]


def language(engine: LlamaEngine, recognizer: Path, n: int | None, seed: int) -> list[Score]:
    """Return all scores of the language model; one of them needs the recognizer in the folder `recognizer`."""
    some = n or REQUESTS
    found: list[Score] = []
    for source in LANGUAGES:
        found += score_llm.translation(engine, source, n, seed)
    for source in LANGUAGES:
        found += score_llm.in_steps(engine, source, some, seed) + score_llm.terms(engine, source, some, seed)
    for score in (score_llm.calls, score_llm.after_others, score_llm.follow_ups, score_llm.deferral, score_llm.ends):
        found += score(engine, some, seed)
    return found + spoken_requests(engine, recognizer, some, seed)


def scores(model: str, folder: Path, n: int | None, seed: int) -> list[Score]:
    """Return the scores of `asr-en`, `asr-es`, `llm`, `voice-en` or `all` models in `folder`.

    Raises:
        EngineUnavailable: a model is not there.
        InputError: a package that scoring needs is not installed.
    """
    found: list[Score] = []
    for lang in LANGUAGES:
        if model in (f"asr-{lang}", "all"):
            found += recognition(folder / STARTER.recognizers[lang], lang, n or UTTERANCES, seed)
    if model in ("llm", "all"):
        engine = LlamaEngine(folder / STARTER.language_model, threads=1)
        found += language(engine, folder / STARTER.recognizers["en"], n, seed)
        engine.close()
    if model in ("voice-en", "all"):
        found += score_voice.intelligibility(
            folder / "voice-en" / "voice.onnx", "en", folder / STARTER.recognizers["en"], n or PHRASES, seed
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.starter.score", description=__doc__)
    parser.add_argument("model", nargs="?", choices=["asr-en", "asr-es", "llm", "voice-en", "all"], default="all")
    parser.add_argument(
        "--n", type=int, help=f"of each; without it {UTTERANCES} utterances, the whole test split, {REQUESTS} requests, {PHRASES} phrases"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the models lie, named as the ones that ship")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    try:
        found = scores(options.model, options.folder, options.n, options.seed)
    except ParleyError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    if options.json:
        print(json.dumps({"seed": options.seed, "scores": [asdict(score) for score in found]}, indent=2, ensure_ascii=False))
        return
    for score in found:
        interval = "" if score.low is None else f"{score.low:.3f} .. {score.high:.3f}"
        print(f"{score.what:54}{score.value:9.3f}{interval:>20}{score.n:7}  {score.how}", flush=True)


if __name__ == "__main__":
    main()
