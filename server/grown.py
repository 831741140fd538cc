"""Text that was told as certain, and what is known now."""

from __future__ import annotations


def grown(before: str, after: str) -> str:
    """Return `after` as far as it lets `before` stand: what was told once as certain never changes."""
    if after.startswith(before):
        return after
    rest = after.split()[len(before.split()) :]
    return " ".join([before.rstrip(), *rest]) if rest else before
