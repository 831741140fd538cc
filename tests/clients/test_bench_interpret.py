"""What `parley bench interpret` makes of what it saw."""

from __future__ import annotations

import numpy as np
import pytest
from sacrebleu.metrics import CHRF

from clients.bench.interpret import DIRECTIONS, READ, WAYS, Interpreted, _figures, _show
from clients.bench.utterances import Utterance

SAID = Utterance("one two", "uno dos", np.zeros(32_000, np.float32))


def test_an_utterance_without_a_translation_has_no_lag_and_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    translated = Interpreted(texts={1: "uno dos"}, written_s=[1.0, 2.0], spoken_s=[1.5, 2.5])
    some = _figures(CHRF(), [SAID, SAID], [translated, Interpreted()])
    assert (some["laal_s"], some["empty"]) == (1.0, 1)
    none = _figures(CHRF(), [SAID], [Interpreted()])
    assert (none["laal_s"], none["empty"], none["written_s"]) == (None, 1, {})
    found = {"-".join(direction): {**dict(zip(WAYS, (some, none), strict=True)), READ: {"chrf": 50.0}} for direction in DIRECTIONS}
    _show({"n": 2, "seed": 0, "machine": "a machine"} | found)
    shown = capsys.readouterr().out
    assert "empty" in shown
    assert "1.00 s" in shown
