from __future__ import annotations

import pytest

from assistant.errors import InputError
from assistant.interpret import check_direction


def test_directions() -> None:
    check_direction("en", "es")
    with pytest.raises(InputError, match="'xx'; choose from ar, "):
        check_direction("xx", "es")
    with pytest.raises(InputError, match="two different"):
        check_direction("es", "es")
