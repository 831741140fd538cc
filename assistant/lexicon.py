"""The words of a question that say what it is about: without the small words, in a form that other endings share. English and Spanish."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

SMALL: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": """a about actually after again all also am an and any anybody anyone anything are as at be because been before being but by can
            cannot could day days did do does doing done ever every everything find for from get gets getting give go goes going gone gonna good
            got had has have having he hello help her here hey hi him his how i if in into is it its just kind know last let like ll long
            look looking lot make many may maybe me mean might much must my need needs no not now of off oh ok okay on one only or other our
            out over own please possible put re really right said same say see shall she should so some somebody someone something sorry
            such take takes tell than thank thanks that the their them then there these they thing things think this those time to too
            under today until up us use very want wanted was we well were what when where whether which while who why will with within without
            wonder work would yes yet you your yours d m s t ve don didn doesn isn can't don't i'm it's what's i've i'd""",
        "es": """a abajo ahi ahora al algo alguien algun alguna algunas algunos alli and ante antes aqui asi aun aunque ayuda bien bueno buenas
            buenos cada como con cosa cosas cual cuales cualquier cuando cuanta cuantas cuanto cuantos da dan dar de debo decir dejar del
            desde dia dias dice digame dime donde dos dos e el ella ellas ellos en entonces entre era es esa esas ese eso esos esta estaba
            estan estar estas este esto estos estoy favor fue fui gracias ha hacer haces hacen hago han has hasta hay haya he hola hora horas
            hoy igual ir la las le les lo los luego mas me mejor menos mi mia mio mis mismo mucha mucho muchos muy nada ni no nos nosotros
            nuestra nuestro o os otra otro otros para parece pero poco poder podria podrian pone poner por porque posible pueda puede pueden
            puedes puedo pues que quien quiera quiere quiero quisiera saber sabe se sea ser si sido siempre sin sobre sois solo somos son soy
            su sus tal tambien tampoco tan tanto te tendria tener tengo tiene tienen tienes tiempo toda todas todo todos tras tu tus un una
            unas uno unos usted ustedes va vale van vez voy y ya yo""",
    }.items()
}
"""Words that stand in any question, without their accents."""

_ENDINGS: dict[str, tuple[str, ...]] = {
    "en": ("ations", "ation", "ments", "ment", "ings", "ing", "ers", "ies", "ied", "ed", "er", "es", "ly", "s", "y", "e"),
    "es": tuple("""aciones amientos imientos amiento imiento acion iciones icion ciones mente ieron iendo abais arian erian irian aron ando
        ados adas idos idas aban aria eria iria amos emos imos cion ado ada ido ida aba ais eis ar er
        ir an en as es os ia io a e o s""".split()),
}  # fmt: skip
"""Longest first of those that begin alike; one is taken off where `LEAST` letters are left."""

LEAST = 3

LEAST_ALIKE = 5
"""Letters of a word that begins another: "deliver" and "delivery" are one."""

CLOSE = 0.8
"""How alike the letters of two words must be, in [0, 1], to take one for a mishearing of the other."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def plain(text: str) -> str:
    """Return a text in small letters without accents."""
    return "".join(each for each in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(each))


def words(text: str) -> list[str]:
    """Return the words of a text, plain."""
    return [word.replace("’", "'") for word in _WORD.findall(plain(text))]


def language_of(text: str, languages: Sequence[str]) -> str:
    """Return which of the languages a text is in, by its small words; the first if nothing tells."""
    said = words(text)
    return max(languages, key=lambda language: sum(word in SMALL.get(language, ()) for word in said))


def stem(word: str, language: str) -> str:
    """Return a plain word without its ending."""
    word = word.removesuffix("'s")
    for ending in _ENDINGS.get(language, ()):
        if word.endswith(ending) and len(word) - len(ending) >= (LEAST + 1 if ending in ("er", "ers") else LEAST):
            word = word[: -len(ending)]
            break
    if language == "en" and len(word) > LEAST and word[-1] == word[-2] and word[-1] not in "ls":
        return word[:-1]  # as in "shipping"
    return word.rstrip("ey") if language == "en" and len(word) > LEAST + 1 else word


def content(text: str, language: str) -> list[str]:
    """Return the stems of what a text is about, each once."""
    small = SMALL.get(language, frozenset())
    return list(dict.fromkeys(stem(word, language) for word in words(text) if word not in small))


def stems(text: str, language: str) -> list[str]:
    """Return the stems of all words of a text, each once, with the small ones as they are."""
    small = SMALL.get(language, frozenset())
    return list(dict.fromkeys(word if word in small else stem(word, language) for word in words(text)))


def alike(one: str, other: str) -> bool:
    """Whether two stems stand for one word."""
    return one == other or (min(len(one), len(other)) >= LEAST_ALIKE and (one.startswith(other) or other.startswith(one)))


def closest(word: str, vocabulary: Iterable[str]) -> str | None:
    """Return the stem that a recognizer may have misheard as `word`."""
    if len(word) <= LEAST:
        return None
    near = [other for other in vocabulary if other[0] == word[0] and abs(len(other) - len(word)) <= 1]
    return next(iter(get_close_matches(word, near, 1, CLOSE)), None)
