"""What an hour of talk costs with a hosted language model. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from models.prices import Price, Usage

TURNS, READ_TOKENS, WRITTEN_TOKENS = 120, 300, 35
"""An hour: a question and its answer every half a minute, each with an instruction and the turn before it."""


def hourly(prices: Mapping[str, Price]) -> list[tuple[str, float]]:
    """Return US dollars an hour by model, the cheapest first; nothing is taken to be cached."""
    usage = Usage(READ_TOKENS, WRITTEN_TOKENS)
    return sorted(((model, TURNS * price.cost(usage)) for model, price in prices.items()), key=lambda each: each[1])
