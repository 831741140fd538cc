"""The packs that ship, by their own cases: no worse than was measured, by a margin for other versions of the engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.knowledge import CLAIMED
from models.packs.adapted import adapted
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


LATER = Path(__file__).parent / "later"
"""Questions by which neither the packs nor their adapters were made."""


@pytest.mark.parametrize(("name", "gained"), [("shop", 4), ("clinic", 2)])
def test_an_adapter_gains(name: str, gained: int) -> None:
    folder = folder_of(name)
    words = read_pack(folder)
    whole = adapted(words)
    assert words.adapter is not None
    assert words.adapter.stat().st_size < 2_000_000
    cases, later = read_cases(folder, words), read_cases(LATER / name, words)
    before, after = claims(words, cases, CLAIMED), claims(whole, cases, CLAIMED)
    assert after.right.right > before.right.right
    assert after.wrong.right <= before.wrong.right + 2
    assert after.unasked.right <= before.unasked.right + 1
    before, after = claims(words, later, CLAIMED), claims(whole, later, CLAIMED)
    assert after.right.right >= before.right.right + gained
    assert after.wrong.right <= before.wrong.right + 2
    assert after.unasked.right <= before.unasked.right + 1


def test_edits_between_sentences() -> None:
    assert edits("a b c".split(), "a c".split()) == 1
    assert edits([], "a b".split()) == 2
    assert edits("a b c".split(), "x b c d".split()) == 2
    assert edits("a".split(), "a".split()) == 0
