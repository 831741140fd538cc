"""What people write, as plain text on one line."""

from __future__ import annotations

import unicodedata

from server.realtime.refusals import Refused

_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""These turn the direction of what follows, beyond the end of a name."""


def plain_text(text: str, param: str) -> str:
    """Return a text without control characters and double spaces; markup in it is text like any other.

    Raises:
        Refused: nothing is left of it; `param` is the field that holds it.
    """
    kept = "".join(" " if _breaks(each) else each for each in text if each not in _TURNS)
    joined = " ".join(kept.split())
    if not any(each.isprintable() and not each.isspace() for each in joined):
        raise Refused(f"'{param}' is empty; write something.", "invalid_value", param)
    return joined


def _breaks(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
