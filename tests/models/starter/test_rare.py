from __future__ import annotations

import random

from models.starter.recipe.asr_data import made_up, spoken_texts
from models.starter.recipe.rare import MOST_TERMS, Rare


def test_terms_are_of_the_text_or_of_another_one() -> None:
    texts = ["The gateway is open.", "The house is open.", "A viaduct is here."] + ["The house is here."] * 5
    rare, rng = Rare(texts), random.Random(0)
    seen = [rare.terms(texts[0], rng) for _ in range(50)]
    assert all(1 <= len(terms) <= MOST_TERMS for terms in seen)
    assert {term for terms in seen for term in terms} <= {"gateway", "viaduct", "open"}
    assert 20 < sum("gateway" in terms for terms in seen) < 50
    assert Rare([]).terms("Anything.", rng) == []


def test_names_are_made_up_and_can_be_said() -> None:
    rng = random.Random(0)
    names = {made_up(rng) for _ in range(200)}
    assert len(names) > 150
    assert all(name.isalpha() and name[0].isupper() and name[1:].islower() for name in names)
    texts = spoken_texts("es", rng)
    assert any("Tom" in next(texts) for _ in range(200))
