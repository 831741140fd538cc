from __future__ import annotations

import pytest

from assistant.errors import InputError
from assistant.interpret import instruction


def test_directions() -> None:
    assert instruction("en", "es") == "Translate English to Spanish."
    with pytest.raises(InputError, match="'xx'; choose from en, es"):
        instruction("xx", "es")
    with pytest.raises(InputError, match="two different"):
        instruction("es", "es")
