from __future__ import annotations

from models.constrain import Draft, missing, words


def put(text: str, term: str, losses: list[float], *, begun: str = "", most: int = 1, times: int = 1, must: bool = True) -> str:
    draft = Draft(begun, [f" {word}" for word in text.split(" ")] if text else [])
    draft.put(term, losses, most, times=times, must=must)
    return str(draft).strip()


def test_a_term_takes_the_place_of_the_word_it_contradicts() -> None:
    assert put("El río es frío", "arroyo", [0.1, 7, 0, 2]) == "El arroyo es frío"
    assert put("¿El río?", "arroyo", [0, 7]) == "¿El arroyo?"


def test_it_is_not_forced_on_a_sentence_that_goes_on() -> None:
    assert put("Me gusta", "arroyo", [0.3, 1.2], must=False) == "Me gusta"
    assert put("Me gusta", "arroyo", [0.3, 1.2]) == "Me arroyo"
    assert put("", "arroyo", [], must=False) == ""
    assert put("", "arroyo", []) == "arroyo"
    assert put("...", "arroyo", [9]) == "... arroyo"


def test_terms_of_several_words_replace_as_many() -> None:
    assert put("es un aprendizaje muy profundo", "red neuronal", [0, 0, 8, 1, 6], most=2) == "es un red neuronal muy profundo"
    assert put("es un aprendizaje profundo aquí", "red neuronal", [0, 0, 6, 8, 4], most=2) == "es un red neuronal aquí"


def test_every_place_of_a_term_that_is_certain() -> None:
    assert put("un río y otro río", "arroyo", [0, 8, 0, 0, 7], times=2) == "un arroyo y otro arroyo"
    assert put("un río y otro", "arroyo", [0, 8, 0, 1], times=2) == "un arroyo y otro"


def test_a_place_is_taken_once() -> None:
    draft = Draft("", ["El", " río", " frío"])
    draft.put("arroyo", [0, 9, 4], 1, times=1, must=True)
    draft.put("helado", [0, 9, 4], 1, times=1, must=True)
    assert str(draft) == "El arroyo helado"


def test_a_sentence_keeps_its_capital() -> None:
    assert put("Casa. Río", "arroyo", [0, 5]) == "Casa. Arroyo"
    assert put("Río", "arroyo", [5]) == "Arroyo"
    assert put("Río", "arroyo", [5], begun="El") == "arroyo"
    assert put("el Támesis", "arroyo", [0, 5]) == "el arroyo"


def test_what_is_missing() -> None:
    assert missing("La Pasarela", "puente") == 1
    assert missing("La Pasarela", "pasarela") == 0
    assert missing("La pasarela", "pasarela", 2) == 1
    assert missing("Las pasarelas", "pasarela") == 1


def test_a_term_inside_another_word_is_missing() -> None:
    assert missing("La consola es una solución.", "sol")
    assert not missing("这个网关是开的", "网关")


def test_the_words_of_tokens() -> None:
    tokens = [b"La", b" ca", b"sa", "ñ".encode(), b"\xc3", b"\xb1", b".", b" No", b"\n"]
    assert words(tokens) == [range(0, 1), range(1, 6), range(6, 7), range(7, 8), range(8, 9)]
    assert words(["是".encode(), b"\xe6", b"\x98\xaf"]) == [range(0, 1), range(1, 3)]
    assert words([]) == []
