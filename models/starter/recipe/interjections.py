"""What people put into what somebody else says: one word or a few, alone or before what they want to say."""

from __future__ import annotations

import random
from collections.abc import Mapping

from models.starter.recipe.corpus import Lang

BEFORE_MORE, TWO = 0.2, 0.25
"""Share of the interjections behind which a sentence follows, and of those behind which another one does."""

ASKING = frozenset("what really hello excuse sorry huh cómo qué perdón hola".split())
"""Words with which people ask, if nothing follows."""

INTERJECTIONS: Mapping[Lang, tuple[str, ...]] = {
    "en": (
        "mhm", "mm-hmm", "mm", "hm", "hmm", "uh-huh", "uh", "um", "huh", "yeah", "yes", "yep", "right", "ok", "okay", "oh", "ah", "aha", "I see", "I know", "sure",
        "got it", "all right", "of course", "wow", "great", "cool", "fine", "good", "nice", "really", "exactly", "true", "ha ha", "thanks", "thank you",
        "stop", "stop it", "please stop", "wait", "wait a minute", "wait a second", "no", "not that", "not now", "nope", "don't", "cancel", "cancel that", "cancel it",
        "quiet", "be quiet", "silence", "enough", "that's enough", "hold on", "hang on", "hang on a second", "never mind", "forget it", "forget that", "shut up",
        "excuse me", "sorry", "pause", "skip it", "skip that", "next", "next one", "go back", "again", "once more", "say that again", "louder", "slower", "too fast",
        "listen", "that's wrong", "wrong", "actually", "but", "please", "one moment", "just a minute", "hello", "what", "why", "how", "when", "who", "really",
    ),
    "es": (
        "mhm", "mm", "hm", "ajá", "sí", "ya", "vale", "ah", "oh", "eh", "ja", "claro", "bueno", "bien", "ya veo", "lo sé", "entiendo", "entendido", "de acuerdo",
        "por supuesto", "genial", "perfecto", "exacto", "cierto", "anda", "vaya", "gracias", "muy bien", "para", "para ya", "espera", "espera un momento", "no",
        "ahora no", "eso no", "alto", "basta", "calla", "cállate", "silencio", "cancela", "cancela eso", "detente", "olvídalo", "déjalo", "perdón", "perdona",
        "disculpa", "un momento", "un minuto", "un segundo", "pausa", "siguiente", "atrás", "otra vez", "más alto", "más despacio", "escucha", "oye", "hola", "pero",
        "por favor", "qué", "quién", "por qué", "cómo", "cuándo", "dónde", "cuál",
    ),
}  # fmt: skip


def interjection(lang: Lang, rng: random.Random, more: str) -> str:
    """Return an interjection as it is written, sometimes with another one or the sentence `more` behind it."""
    said = rng.choice(INTERJECTIONS[lang])
    kind = rng.random()
    if kind < BEFORE_MORE:
        return f"{_capital(said)}, {more[:1].lower() if more[1:2].islower() else more[:1]}{more[1:]}"
    if kind < BEFORE_MORE + TWO:
        said = f"{said}, {said if rng.random() < 0.3 else rng.choice(INTERJECTIONS[lang])}"
    if said.split()[0].strip(",") not in ASKING:
        mark = rng.choice("...!")
        return ("¡" if lang == "es" and mark == "!" else "") + _capital(said) + mark
    return f"¿{_capital(said)}?" if lang == "es" else _capital(said) + "?"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
