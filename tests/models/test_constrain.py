from __future__ import annotations

from models.constrain import Draft, goes_on, missing


def test_a_word_is_put_where_it_was_likeliest() -> None:
    draft = Draft(0, [])
    for token, chance in enumerate((0.1, 0.5, 0.2)):
        draft.consider(chance)
        draft.tokens.append(token)
    assert draft.forced([7, 8]) == Draft(3, [0, 7, 8])


def test_without_a_place_it_stands_at_the_end() -> None:
    assert Draft(1, [4]).forced([7]) == Draft(2, [4, 7])


def test_what_is_missing() -> None:
    assert missing("La Pasarela", ["pasarela", "puente"]) == "puente"
    assert missing("La Pasarela", ["pasarela"]) is None
    assert missing("Las pasarelas", ["pasarela"]) == "pasarela"


def test_a_term_inside_another_word_is_missing() -> None:
    assert missing("La consola es una solución.", ["sol"]) == "sol"
    assert missing("这个网关是开的", ["网关"]) is None


def test_what_makes_another_word_of_the_one_before_it() -> None:
    assert all(map(goes_on, (b"o", b"sa", "ñ".encode(), b"\xc3", b"3", b"_")))
    assert not any(map(goes_on, (b"", b" o", b".", "»".encode(), b"\xc2", "是".encode(), b"\xe6", b"\n")))


def test_only_what_stands_right_behind_a_forced_word_is_beside_it() -> None:
    assert not Draft(0, []).forces
    draft = Draft(0, [1]).forced([7])
    assert draft.forces
    draft.tokens.append(2)
    assert not draft.forces
