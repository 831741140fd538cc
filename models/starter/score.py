"""How good the starter models are on what they never saw: `python -m models.starter.score [asr-en|llm|all]`.

Recognition: English test sentences, clean, by synthetic voices of the training and by ones that were kept out of it. Translation: the test split
without sentences that also stand in the training, against one reference each. Requests: phrasings that were kept out of training,
in the ways they reach the model; right is a call with the same name and the same arguments.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import re
import sys
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.engines import Message, Piece, ToolCall
from assistant.errors import EngineError, InputError, ParleyError
from assistant.interpret import instruction
from assistant.respond import SYSTEM
from models.llama import LlamaEngine
from models.starter import FOLDER, STARTER
from models.starter.recipe import asr_data, requests
from models.starter.recipe.corpus import Lang, pairs, sentences
from models.starter.recipe.speakers import Speakers
from models.whisper import WhisperEngine

UTTERANCES, REQUESTS = 300, 500
NORMALISER = "lower case, no punctuation but apostrophes"

INTENTS = {
    "time": ("time",),
    "date": ("date", "date tomorrow", "date yesterday"),
    "arithmetic": ("arithmetic", "roots and percent"),
    "timers": ("timer", "timer left", "timer off"),
    "units": ("units",),
}
"""Line of the table -> the intents of `requests` that it sums up."""


@dataclass(frozen=True)
class Score:
    """One line of the table; `n` counts utterances, sentences or requests, and `how` makes the value reproducible."""

    what: str
    value: float
    n: int
    how: str = ""


def normalised(text: str) -> str:
    """Return the words of a text as WER compares them (see `NORMALISER`)."""
    return " ".join(re.sub(r"[^\w\s']", " ", text.lower().replace("’", "'")).split())


def recognition(path: Path, n: int, seed: int) -> list[Score]:
    """Score the recognizer in `path` on `n` test sentences in voices it learned from and `n` in others, on one thread."""
    jiwer, engine = _scorer("jiwer"), WhisperEngine(path, "en", threads=1)
    lines: list[Score] = []
    for voices, held_out in (("known voices", False), ("unseen voices", True)):
        rng, texts = random.Random(seed), sentences("test", "en")
        rng.shuffle(texts)
        speakers = Speakers("en", held_out=held_out)
        spoken = _spoken(texts, speakers, n, rng)
        engine.recognize(spoken[0][1])  # the first pass also sets up the runtime
        began = time.perf_counter()
        heard = [normalised(engine.recognize(samples).text) for _, samples in spoken]
        took_s = time.perf_counter() - began
        said = [normalised(text) for text, _ in spoken]
        how = f"Tatoeba test, {speakers.names}; {NORMALISER}"
        right = sum(a == b for a, b in zip(said, heard, strict=True))
        audio_s = sum(samples.size for _, samples in spoken) / LISTEN_RATE_HZ
        lines += [
            Score(f"asr-en WER %, {voices}", 100 * jiwer.wer(said, heard), len(spoken), how),
            Score(f"asr-en sentences right %, {voices}", 100 * right / len(spoken), len(spoken), NORMALISER),
            Score(f"asr-en real-time factor, {voices}", took_s / audio_s, len(spoken), f"one thread, {audio_s:.0f} s of audio"),
        ]
    return lines


def _spoken(texts: list[str], speakers: Speakers, n: int, rng: random.Random) -> list[tuple[str, Samples]]:
    found: list[tuple[str, Samples]] = []
    for text in texts:
        speech = speakers.say(text, rng)
        if LISTEN_RATE_HZ // 10 < speech.size < (asr_data.MOST_SECONDS - 1) * LISTEN_RATE_HZ:
            found.append((text, asr_data.place(speech, rng, clean=True)))
        if len(found) == n:
            break
    return found


def translation(engine: LlamaEngine, source: Lang, n: int | None, seed: int) -> list[Score]:
    """Score the translations out of `source` on the test split, or on `n` of its sentences."""
    sacrebleu = _scorer("sacrebleu.metrics")
    target: Lang = "es" if source == "en" else "en"
    side = 0 if source == "en" else 1
    known = {pair[side] for pair in pairs("train")}  # a sentence may be there with another translation
    unseen = [pair for pair in pairs("test") if pair[side] not in known]
    chosen = unseen if n is None or n >= len(unseen) else random.Random(seed).sample(unseen, n)
    system = instruction(source, target)
    translated = ["".join(piece for piece in _answer(engine, system, pair[side]) if isinstance(piece, str)) for pair in chosen]
    references = [[pair[1 - side] for pair in chosen]]
    scores = []
    for name, metric in (("chrF", sacrebleu.CHRF()), ("BLEU", sacrebleu.BLEU())):
        value = metric.corpus_score(translated, references).score
        scores.append(Score(f"llm {source}->{target} {name}", value, len(chosen), f"Tatoeba test; {metric.get_signature()}"))
    return scores


def calls(engine: LlamaEngine, n: int, seed: int) -> list[Score]:
    """Score the tool calls for `n` requests in unseen phrasings."""
    rng = random.Random(seed)
    right: defaultdict[str, list[bool]] = defaultdict(list)
    for _ in range(n):
        request = requests.sample(rng, unseen=True)
        wanted = ToolCall(request.call, dict(request.arguments))
        right[request.intent].append(_answer(engine, SYSTEM, requests.typed(request, rng)) == [wanted])
    lines = {"in total": tuple(right), **INTENTS}
    scores = []
    for line, intents in lines.items():
        if judged := [r for intent in intents for r in right[intent]]:
            scores.append(
                Score(
                    f"llm calls right %, {line}", 100 * sum(judged) / len(judged), len(judged), "unseen phrasings; name and arguments equal"
                )
            )
    return scores


def _answer(engine: LlamaEngine, system: str, text: str) -> list[Piece]:
    """Return the pieces of the model's answer; none if it cannot be read."""
    try:
        return [piece for piece in engine.generate([Message("system", system), Message("user", text)]) if piece]
    except EngineError:
        return []


def _scorer(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(f"The score needs {name.partition('.')[0]}; install it: pip install -e '.[score]'.") from error


def scores(model: str, folder: Path, n: int | None, seed: int) -> list[Score]:
    """Return the scores of `asr-en`, `llm` or `all` models in `folder`.

    Raises:
        EngineUnavailable: a model is not there.
        InputError: a package that scoring needs is not installed.
    """
    found: list[Score] = []
    if model in ("asr-en", "all"):
        found += recognition(folder / STARTER.recognizers["en"], n or UTTERANCES, seed)
    if model in ("llm", "all"):
        engine = LlamaEngine(folder / STARTER.language_model, threads=1)
        found += [*translation(engine, "en", n, seed), *translation(engine, "es", n, seed), *calls(engine, n or REQUESTS, seed)]
        engine.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.starter.score", description=__doc__)
    parser.add_argument("model", nargs="?", choices=["asr-en", "llm", "all"], default="all")
    parser.add_argument("--n", type=int, help=f"of each; without it {UTTERANCES} utterances, the whole test split, {REQUESTS} requests")
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
        print(f"{score.what:44}{score.value:9.3f}{score.n:7}  {score.how}")


if __name__ == "__main__":
    main()
