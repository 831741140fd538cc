"""What the starter models make of what is beyond them, as they say it: `python -m models.starter.failures [asr-en|asr-es|llm|voice-en|voice-es] [SOUND ...]`.

Prints rows of a table: what was said, and what was understood, translated or answered. Sentences for recognizers are spoken by a voice
that they have not learned from; a sound file is given to `asr-en` or `asr-es` as it is, in windows as long as they take.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.engines import Defer, Message, Piece, ToolCall
from assistant.errors import ParleyError
from assistant.respond import SYSTEM
from models.child import Child
from models.espeak import Espeak, Manner
from models.llama import LlamaEngine
from models.making import piper_voice
from models.media import decoded
from models.starter import FOLDER, STARTER
from models.starter.recipe import asr_data
from models.starter.recipe.conversation import TRANSLATE_PROMPTS
from models.starter.recipe.corpus import Lang
from models.starter.recipe.speakers import trimmed
from models.starter.score_llm import answer
from models.whisper import WhisperEngine

SPOKEN: dict[Lang, tuple[str, ...]] = {
    "en": (
        "The internationalization of telecommunications is irreversible.",
        "She specialises in otorhinolaryngology.",
        "Please write to Siobhan Nguyen in Reykjavik.",
        "My abuela always makes tortillas for desayuno.",
        "The code is seven three zero nine four.",
    ),
    "es": (
        "La internacionalización de las telecomunicaciones es irreversible.",
        "Es especialista en otorrinolaringología.",
        "Escriba a Siobhan Nguyen en Reikiavik.",
        "Mi jefe quiere un feedback del meeting para mañana.",
        "El código es siete tres cero nueve cuatro.",
    ),
}
"""Long words, names, two languages in one sentence, a row of digits."""

UNSEEN: dict[Lang, Manner] = {"en": Manner("en-us+steph", rate_wpm=160), "es": Manner("es-419+steph", rate_wpm=160)}

TRANSLATED: tuple[tuple[Lang, str], ...] = (
    ("es", "The internationalization of telecommunications is irreversible."),
    ("es", "It's raining cats and dogs."),
    ("es", "The surgeon removed the patient's inflamed appendix before it could rupture."),
    ("es", "My abuela always makes tortillas for desayuno."),
    ("en", "Me costó un ojo de la cara."),
    ("en", "El demandante interpuso un recurso de casación ante el Tribunal Supremo."),
)
"""Language of the translation, and a sentence: long words, idioms, professions, two languages in one sentence."""

ASKED = (
    "Who wrote Don Quixote?",
    "What is twelve thousand three hundred and forty five times sixty seven?",
    "Could you wake me up half an hour before sunrise?",
    "Put milk on the list and set a timer for ten minutes.",
)

READ: dict[Lang, tuple[str, ...]] = {
    "en": (
        "Dr. Smith lives at 221b Baker St.",
        "The train leaves at 9:45 p.m. on 03/07.",
        "Siobhan ordered hors d'oeuvres and a bouillabaisse.",
        "Wait - no - stop!",
    ),
    "es": (
        "La Sra. Pérez vive en la c/ Mayor, 221 bis.",
        "El tren sale a las 9:45 del 03/07.",
        "Siobhan pidió hors d'oeuvres y una bouillabaisse.",
        "Espera - no - ¡para!",
    ),
}


def understood(lang: Lang, sounds: list[Path]) -> Iterator[tuple[str, str]]:
    """Yield sentences and files, and what the recognizer of `lang` makes of them."""
    engine, espeak = WhisperEngine(FOLDER / STARTER.recognizers[lang], lang, threads=1), Espeak()
    for text in SPOKEN[lang]:
        speech = trimmed(espeak.synthesize(text, UNSEEN[lang]), espeak.sample_rate_hz)
        yield text, engine.recognize(asr_data.place(speech, random.Random(0), clean=True)).text
    window = round(asr_data.MOST_SECONDS * LISTEN_RATE_HZ)
    for path in sounds:
        samples = np.concatenate([*decoded(str(path), str(path))])
        windows = (samples[start : start + window] for start in range(0, samples.size, window))
        yield path.name, " / ".join(engine.recognize(part).text for part in windows if part.size >= LISTEN_RATE_HZ // 10)


def answered() -> Iterator[tuple[str, str]]:
    """Yield sentences to translate and requests, and what the language model says."""
    engine = LlamaEngine(FOLDER / STARTER.language_model, threads=1)
    try:
        for lang, text in TRANSLATED:
            yield text, _shown(answer(engine, [Message("system", TRANSLATE_PROMPTS[lang]), Message("user", text)]))
        for text in ASKED:
            yield text, _shown(answer(engine, [Message("system", SYSTEM), Message("user", text)]))
    finally:
        engine.close()


def _shown(pieces: list[Piece]) -> str:
    shown = ""
    for piece in pieces:
        match piece:
            case ToolCall(name, arguments):
                shown += f"`{name} {dict(arguments)}`"
            case Defer():
                shown += "(passed on) "
            case str():
                shown += piece
    return shown


def read_out(lang: Lang) -> Iterator[tuple[str, str]]:
    """Yield texts, and what the recognizer of `lang` makes of how its voice reads them."""
    listener = WhisperEngine(FOLDER / STARTER.recognizers[lang], lang, threads=1)
    voice = Child(partial(piper_voice, FOLDER / STARTER.voices[lang] / "voice.onnx", 1), "voice")
    try:
        for text in READ[lang]:
            speech: Samples = np.concatenate([sound.samples for sound in voice.stream("speak", text)])
            yield text, listener.recognize(asr_data.place(trimmed(speech, LISTEN_RATE_HZ), random.Random(0), clean=True)).text
    finally:
        voice.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.starter.failures", description=__doc__)
    parser.add_argument("model", choices=["asr-en", "asr-es", "llm", "voice-en", "voice-es"])
    parser.add_argument("sounds", nargs="*", type=Path, metavar="SOUND", help="for a recognizer")
    options = parser.parse_args()
    rows: dict[str, Callable[[], Iterator[tuple[str, str]]]] = {
        "asr-en": partial(understood, "en", options.sounds),
        "asr-es": partial(understood, "es", options.sounds),
        "llm": answered,
        "voice-en": partial(read_out, "en"),
        "voice-es": partial(read_out, "es"),
    }
    try:
        for said, made in rows[options.model]():
            print(f"| {said} | {made} |", flush=True)
    except ParleyError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
