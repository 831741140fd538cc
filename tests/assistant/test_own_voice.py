"""Our own voice is recognised; people are not taken for it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.own_voice import LEAST_WORDS, MEMORY_S, SHARE, OwnVoice, words_of

SPOKEN = "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce".split()
OTHERS = "alfa beta gama delta épsilon zeta eta teta iota kapa lambda".split()
PHRASE_S = 4.0


def heard(spoken: str, utterance: str, *, began_s: float = 1.0, language: str = "es") -> bool:
    echo = OwnVoice()
    echo.push("es", spoken, PHRASE_S, 0.0)
    return echo.heard(utterance, language, began_s)


@given(st.data())
def test_any_stretch_of_what_was_played_is_an_echo_even_if_some_words_are_misheard(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SPOKEN) - LEAST_WORDS))
    end = data.draw(st.integers(start + LEAST_WORDS, len(SPOKEN)))
    words = SPOKEN[start:end]
    most = min(int((1 - SHARE) * len(words)), len(words) - LEAST_WORDS)
    for i in data.draw(st.lists(st.integers(0, len(words) - 1), unique=True, max_size=most)):
        words[i] = data.draw(st.sampled_from(OTHERS))
    began_s = data.draw(st.floats(0.0, PHRASE_S + MEMORY_S))
    assert heard(" ".join(SPOKEN), " ".join(words).capitalize() + ".", began_s=began_s)


@given(st.sampled_from(SPOKEN), st.lists(st.sampled_from(OTHERS), max_size=8), st.integers(0, 8), st.floats(0, 20))
def test_who_merely_repeats_one_word_is_heard(word: str, others: list[str], place: int, began_s: float) -> None:
    utterance = " ".join([*others[:place], word, *others[place:]])
    assert not heard(" ".join(SPOKEN), utterance, began_s=began_s)


@given(st.lists(st.sampled_from(SPOKEN), min_size=1, max_size=14))
def test_it_is_an_echo_in_that_language_only_and_not_for_ever(words: list[str]) -> None:
    text = " ".join(words)
    assert not heard(text, text, language="en")
    assert not heard(text, text, began_s=PHRASE_S + MEMORY_S + 0.1)
    assert not heard(text, text, began_s=-0.1)


@given(st.permutations(SPOKEN))
def test_the_order_counts(words: list[str]) -> None:
    longest = max(
        sum(1 for _ in run)
        for run in ([b for a, b in zip(words[i:], words[i + 1 :], strict=False) if SPOKEN.index(a) < SPOKEN.index(b)] for i in range(13))
    )
    if heard(" ".join(SPOKEN), " ".join(words)):
        assert longest  # some order is left
    assert not heard(" ".join(SPOKEN), " ".join(reversed(SPOKEN)))


def test_a_greeting_returned_is_no_echo_unless_it_was_said_while_ours_was_played() -> None:
    assert not heard("¡Buenos días!", "Buenos días.", began_s=PHRASE_S + 0.5)
    assert heard("¡Buenos días!", "buenos dias", began_s=0.3)
    assert not heard("Gracias.", "Gracias.", began_s=0.3)


def test_common_words_far_apart_are_chance() -> None:
    played = "no sé dónde está la casa de mi hermano pero creo que vive cerca de la estación del tren que va a la ciudad"
    assert not heard(played, "No creo que la tren")
    assert heard(played, "cerca de la estación del tren")


def test_phrases_that_follow_one_another_are_one_speech() -> None:
    echo = OwnVoice()
    echo.push("es", "No sé dónde", 0.5, 0.0)
    echo.push("es", "No sé dónde", 0.5, 0.0)
    echo.push("es", "vive ahora.", 1.0, 0.2)
    assert echo.heard("sé dónde vive ahora", "es", 0.4)
    assert echo.possible("es", 1.9)
    assert echo.possible("es", 2.0 + MEMORY_S)
    assert not echo.possible("es", 2.1 + MEMORY_S)
    assert not echo.possible("en", 1.0)


def test_that_it_is_none_is_known_after_some_words() -> None:
    echo = OwnVoice()
    echo.push("es", "No sé dónde vive ahora.", 2.0, 0.0)
    assert not echo.excluded("yo creo que", "es", 1.0)
    assert echo.excluded("yo creo que mañana", "es", 1.0)
    assert not echo.excluded("no sé dónde bibe", "es", 1.0)
    assert not echo.excluded("yo", "es", 2.5)
    assert echo.excluded("yo creo", "es", 2.5)  # it began when all had been played
    assert not echo.excluded("no creo", "es", 2.5)
    assert not echo.excluded("no no no no", "es", 2.5), "one word that was begun"


def test_words_that_were_misheard_still_sound_alike() -> None:
    assert heard("¿Hablas inglés?", "Habla singles.", began_s=0.2)
    assert heard("Abrí la ventana.", "Abrílla ventana.", began_s=0.2)
    assert not heard("Abrí la ventana.", "Abrílla ventana.", began_s=PHRASE_S + 0.2)
    assert not heard("Definitivamente sí.", "Definitivamente no.", began_s=0.2)
    assert not heard("¿Dónde está la estación?", "Mi hermano trabaja en un banco.", began_s=0.2)


def test_words_are_compared_bare() -> None:
    assert words_of("¿Dónde está? I don't KNOW — niño_") == ["donde", "esta", "i", "don't", "know", "nino"]
