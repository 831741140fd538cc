from __future__ import annotations

import pytest

from assistant.errors import EngineUnavailable
from models.asking import Died
from models.blame import REMEMBERED_S, Blame, Request


def asked(text: str = "poison") -> Request:
    return Request("generate", (text,), {})


def test_one_of_many_is_asked_alone_before_it_is_blamed() -> None:
    blame, request = Blame("counter"), asked()
    for _ in range(2):
        assert not request.last_chance
        blame.count(request, Died("hangs", suspect=True, alone=False), 0.0)
    assert request.last_chance
    with pytest.raises(EngineUnavailable, match=r"ended the process of the engine counter 3 times \(it hangs\)"):
        blame.count(request, Died("hangs", suspect=True, alone=True), 1.0)
    with pytest.raises(EngineUnavailable, match="has ended the process of the engine counter before"):
        blame.look(asked(), 1.0)
    blame.look(asked("another"), 1.0)
    blame.look(asked(), 1.0 + REMEMBERED_S)


def test_one_that_was_alone_is_blamed_at_the_second_death_and_a_bystander_never() -> None:
    blame, request, bystander = Blame("counter"), asked(), asked("idle")
    blame.count(request, Died("hangs", suspect=True, alone=True), 0.0)
    with pytest.raises(EngineUnavailable):
        blame.count(request, Died("hangs", suspect=True, alone=True), 1.0)
    for _ in range(5):
        blame.count(bystander, Died("hangs", suspect=False, alone=True), 0.0)
    assert not bystander.last_chance
