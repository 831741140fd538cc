"""Which numbers matrices are multiplied in: bfloat16 halves the time on some processors and doubles it on others."""

from __future__ import annotations

import time
from functools import cache

import torch

SIDE = 512
TRIES = 5


@cache
def quickest(device: torch.device) -> torch.dtype:
    """Return bfloat16 or float32, whichever this device multiplies faster, as measured once on a processor; GPUs are made for bfloat16."""
    if device.type == "cuda":
        return torch.bfloat16
    return min((torch.bfloat16, torch.float32), key=lambda kind: _took_s(device, kind))


def autocast(device: torch.device) -> torch.autocast:
    """Return a context in which matrices are multiplied in the quickest numbers; weights and losses stay float32."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=quickest(device) is torch.bfloat16)


def _took_s(device: torch.device, kind: torch.dtype) -> float:
    matrix = torch.ones(SIDE, SIDE, dtype=kind, device=device)
    took: list[float] = []
    for _ in range(TRIES):
        began = time.perf_counter()
        (matrix @ matrix).sum().item()
        took.append(time.perf_counter() - began)
    return min(took)
