"""What people put into somebody else's speech: words that only say "go on", and words that always interrupt; by language.

Small recognizers get vowels wrong far more often than consonants ("goat it", "held on"), so words also match by sound.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import takewhile


@dataclass(frozen=True)
class Interjections:
    """One language's lists, phrases parted by commas. Lower case; accents do not matter."""

    backchannels: str
    commands: str
    """Whatever else is said with them."""


LANGUAGES = {
    "en": Interjections(
        # The second line is what recognizers make of a hum or of "yeah" and "right"; alone, none of it says anything.
        "mhm, mm, hm, uh huh, uh, huh, um, yeah, yes, yep, right, ok, okay, oh, ah, aha, ha, i see, i know, sure, got it, all right, of course, course, "
        "em, a, i, are, you, your, you're, her, she, write, "
        "wow, great, cool, fine, good, nice, really, exactly, true",
        "stop, wait, no, not, nope, now, don't, cancel, quiet, silence, enough, hold on, hang on, never mind, forget it, shut up, excuse, sorry, "
        "pause, skip it, next, back, again, louder, slower, fast, listen, wrong, actually, but, please, moment, minute, second, hello, "
        "what, what's, why, set, tell",
    ),
    "es": Interjections(
        "mhm, mm, hm, aja, si, ya, ok, vale, ah, oh, eh, ja, claro, bueno, bien, ya veo, lo se, entiendo, entendido, de acuerdo, por supuesto, "
        "genial, perfecto, exacto, cierto, anda, vaya",
        "para, espera, no, alto, basta, calla, callate, silencio, cancela, detente, olvidalo, dejalo, perdon, perdona, disculpa, momento, minuto, "
        "segundo, pausa, siguiente, atras, otra vez, mas alto, mas despacio, escucha, oye, hola, pero, por favor, "
        "que, quien, por que, como, cuando, donde, cual, pon, dime",
    ),
}
"""By ISO 639-1."""


LEAST_HEARD, UNHEARD = 3, 2
"""Letters that a word which is cut off has in common with the backchannel that it may be: so many at least, and all but so many."""


class Lexicon:
    """The lists of one language, ready to be looked up; empty for one that has none."""

    def __init__(self, language: str) -> None:
        lists = LANGUAGES.get(language, Interjections("", ""))
        self._backchannels = {tuple(words(phrase)) for phrase in lists.backchannels.split(",")} - {()}
        self._begun = {phrase[:count] for phrase in self._backchannels for count in range(1, len(phrase))}
        self._commands = {tuple(words(phrase)) for phrase in lists.commands.split(",")} - {()}
        self._backchannel_sounds = {tuple(map(sound, phrase)) for phrase in self._backchannels}
        self._command_sounds = {sound("".join(phrase)) for phrase in self._commands if len(phrase) > 1}

    def beyond(self, text: str, *, cut: bool = False) -> list[str]:
        """Return the words of a text that are no backchannels, nor at its end the beginning of one: "all" may become "all right".

        Of a text that is `cut` the recognizer may have guessed how the last word ends: "of courage" was "of course" so far.
        """
        rest, beyond = words(text), list[str]()
        while rest:
            known, command = _begins(rest, self._backchannels), _begins(rest, self._commands)
            if cut and not command and self._may_be(rest):
                break
            if not known and not command:
                if tuple(rest) in self._begun:
                    break
                known = _begins([sound(word) for word in rest[:3]], self._backchannel_sounds)
            beyond += [] if known else rest[: command or 1]
            rest = rest[known or command or 1 :]
        return beyond

    def _may_be(self, said: list[str]) -> bool:
        """Tell whether all that was said may be a backchannel whose end was not heard yet, or was heard and taken for more."""
        return any(
            said[:-1] == list(phrase[:-1]) and _alike(said[-1], phrase[-1]) >= max(LEAST_HEARD, len(phrase[-1]) - UNHEARD)
            for phrase in self._backchannels
            if len(phrase) == len(said)
        )

    def commands(self, said: list[str]) -> bool:
        """Tell whether one of the commands is among the words, or all together sound like one of several words."""
        return any(_begins(said[at:], self._commands) for at in range(len(said))) or sound("".join(said)) in self._command_sounds


def _alike(one: str, other: str) -> int:
    """Return with how many letters both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _begins(said: list[str], phrases: set[tuple[str, ...]]) -> int:
    """Return how many words the longest of the phrases has that `said` begins with; 0 for none."""
    return next((count for count in (3, 2, 1) if tuple(said[:count]) in phrases and len(said) >= count), 0)


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, without accents and punctuation; hyphens part them."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter))
    return re.findall(r"\w+(?:'\w+)*", plain.replace("’", "'"))


_SPELLINGS = (
    (r"^kn", "n"), (r"^wr", "r"), (r"^wh(?=o)", "h"), ("wh", "w"), ("ph", "f"), ("igh", "i"), ("ck", "k"), ("[sct]h", lambda m: "t" if m[0] == "th" else "s"),
    ("c(?=[eiy])", "s"),
)  # fmt: skip

_CLASSES = str.maketrans("pbtdkgqxcfvszjmnlrwyh", "PPTTKKKKKFFSSSMNLRWYH", "'")
"""Consonants that are taken for one another get one sign; what is left in lower case has none."""


def sound(word: str) -> str:
    """Return how a word sounds, roughly: its consonants, and an A for a vowel in front."""
    for spelling, letter in _SPELLINGS:
        word = re.sub(spelling, letter, word)
    word = re.sub(r"(?<!^)(?:[wyh]|r(?![aeiouy]))", "", word.replace("'", ""))
    signs = ("A" if word[:1] in tuple("aeiou") else "") + re.sub(r"[^A-Z]", "", word.translate(_CLASSES))
    return re.sub(r"(.)\1+", r"\1", signs)
