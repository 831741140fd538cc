"""How good the starter models are on what they never saw: `python -m models.starter.score [asr-en|asr-es|llm|voice-en|voice-es|all]`.

Recognition: test sentences by synthetic voices of the training and by ones that were kept out of it, clean and in noise, and their long words;
digits that people say (English only); names that it is told of and what that gains; what is no speech, and how well its probabilities fit. Translation, whole,
in steps and with given terms: the test split without sentences that also stand in the training, against one reference each. Requests
and what follows on them: phrasings that were kept out of training, in the ways they reach the model; right is a call with the same name
and the same arguments. The voice: how many letters the recognizer hears wrongly, of it and of its teacher. Intervals hold 95 % of the bootstrap.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from dataclasses import asdict
from pathlib import Path

from assistant.errors import ParleyError
from models.llama import LlamaEngine
from models.starter import FOLDER, STARTER, score_asr, score_llm, score_voice
from models.starter.measure import Score, percent
from models.starter.recipe import requests
from models.starter.recipe.corpus import Lang
from models.starter.recipe.hearing import punctuate
from models.starter.recipe.speakers import Speakers
from models.whisper import WhisperEngine

UTTERANCES, REQUESTS, PHRASES = 300, 500, 100

LANGUAGES: tuple[Lang, ...] = ("en", "es")


def spoken_requests(engine: LlamaEngine, path: Path, n: int, seed: int) -> list[Score]:
    """Score the calls for `n` requests in unseen phrasings that the recognizer in `path` hears from unseen voices, and in writing."""
    rng, recognizer, speakers = random.Random(seed), WhisperEngine(path, "en", threads=1), Speakers("en", held_out=True)
    heard: list[float] = []
    read: list[float] = []
    while len(heard) < n:
        request = requests.sample(rng, unseen=True)
        for text, samples in score_asr.said([punctuate(request.text)], speakers, 1, rng):
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
    """Return the scores of `asr-en`, `asr-es`, `llm`, `voice-en`, `voice-es` or `all` models in `folder`.

    Raises:
        EngineUnavailable: a model is not there.
        InputError: a package that scoring needs is not installed.
    """
    found: list[Score] = []
    for lang in LANGUAGES:
        if model in (f"asr-{lang}", "all"):
            found += score_asr.recognition(folder / STARTER.recognizers[lang], lang, n or UTTERANCES, seed)
    if model in ("llm", "all"):
        engine = LlamaEngine(folder / STARTER.language_model, threads=1)
        found += language(engine, folder / STARTER.recognizers["en"], n, seed)
        engine.close()
    for lang in LANGUAGES:
        if model in (f"voice-{lang}", "all"):
            voice, listener = folder / STARTER.voices[lang] / "voice.onnx", folder / STARTER.recognizers[lang]
            found += score_voice.intelligibility(voice, lang, listener, n or PHRASES, seed)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.starter.score", description=__doc__)
    parser.add_argument("model", nargs="?", choices=["asr-en", "asr-es", "llm", "voice-en", "voice-es", "all"], default="all")
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
