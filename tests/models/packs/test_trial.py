"""The packs that ship, by their own cases: no worse than was measured, by a margin for other versions of the engines."""

from __future__ import annotations

import pytest

from assistant.knowledge import CLAIMED
from models.packs.cases import read_cases
from models.packs.places import folder_of
from models.packs.reading import read_pack
from models.packs.trial import claims, edits


@pytest.mark.parametrize(("name", "right", "wrong", "unasked"), [("shop", 0.88, 0.02, 0.08), ("clinic", 0.88, 0.02, 0.06)])
def test_a_pack_that_ships(name: str, right: float, wrong: float, unasked: float) -> None:
    folder = folder_of(name)
    pack = read_pack(folder)
    cases = read_cases(folder, pack)
    assert len(cases) >= 60
    assert {case.passage for case in cases} >= {passage.name for passage in pack.passages}
    for language in pack.languages:
        assert sum(case.language == language for case in cases) >= 30
        assert any(case.spoken and case.language == language for case in cases)
    found = claims(pack, cases, CLAIMED)
    assert found.right.right / found.right.of >= right
    assert found.wrong.right / found.wrong.of <= wrong
    assert found.unasked.right / found.unasked.of <= unasked


def test_edits_between_sentences() -> None:
    assert edits("a b c".split(), "a c".split()) == 1
    assert edits([], "a b".split()) == 2
    assert edits("a b c".split(), "x b c d".split()) == 2
    assert edits("a".split(), "a".split()) == 0
