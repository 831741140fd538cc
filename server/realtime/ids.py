"""Names for what the protocol numbers: sessions, items, responses, events."""

from __future__ import annotations

import secrets
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["sess", "conv", "item", "resp", "event", "call"]


def new_id(kind: Kind) -> str:
    """Return a name that nothing else has, such as item_5f0c…; at most 32 characters, as clients send some of them back."""
    return f"{kind}_{secrets.token_hex(10)}"
