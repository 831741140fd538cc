from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.expected import MOST, alternatives


@pytest.mark.parametrize(
    ("heard", "terms", "best"),
    [
        ("I met Tevan yesterday.", ["Tevin"], "I met Tevin yesterday."),
        ("I met tea van yesterday.", ["Tevin"], "I met Tevin yesterday."),
        ("Ask gorlum first.", ["Prest", "Gorlam", "Calindo"], "Ask Gorlam first."),
        ("Open the air lock.", ["airlock"], "Open the airlock."),
        ("We use cooper netties.", ["Kubernetes"], "We use Kubernetes."),
        ("¿Dónde vive Tomas Arnelo?", ["Tomás Arneló"], "¿Dónde vive Tomás Arneló?"),
    ],
)
def test_a_term_takes_the_place_of_what_is_most_like_it(heard: str, terms: list[str], best: str) -> None:
    assert best in alternatives(heard, tuple(terms))[:2]


@pytest.mark.parametrize(
    ("heard", "terms"),
    [
        ("I met Tevin, too.", ["Tevin"]),  # it is there
        ("The weather is nice.", ["Kubernetes"]),  # nothing is like it
        ("Ann and I", ["Anna", "Ina"][1:]),  # too short to tell
        ("", ["Tevin"]),
        ("I met Tevan.", []),
    ],
)
def test_else_nothing_changes(heard: str, terms: list[str]) -> None:
    assert alternatives(heard, tuple(terms)) == ()


def test_what_is_certain_stays() -> None:
    assert alternatives("Tevan met Tevan.", ("Tevin",), len("Tevan met"))[0] == "Tevan met Tevin."


@given(st.text(max_size=60), st.lists(st.text(max_size=12), max_size=8), st.integers(0, 70))
def test_whatever_is_heard_only_terms_are_put_in(heard: str, terms: list[str], begins: int) -> None:
    found = alternatives(heard, tuple(terms), begins)
    assert len(found) <= MOST
    assert all(text.startswith(heard[:begins]) and any(term in text for term in terms) for text in found)
