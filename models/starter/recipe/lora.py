"""Low-rank adapters (LoRA; Hu et al. 2021, arXiv:2106.09685) of the starter language model, and the GGUF file that llama.cpp adds to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from gguf import GGUFType, GGUFWriter, Keys
from torch import Tensor, nn
from torch.nn import functional as F

from models.starter.recipe.llm_gguf import gguf_name
from models.starter.recipe.llm_model import Llm

RANK, ALPHA = 8, 16.0
LAYERS = 4
"""The last ones of the model are adapted: what the first ones make of the words is left, and half of the time saved."""

PARTS = ("q", "k", "v", "o", "gate", "up", "down")
DROPPED = 0.05


class LowRank(nn.Module):
    """A matrix that stays, plus the product of two thin ones that are learned."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base
        self.a = nn.Parameter(torch.randn(RANK, base.in_features) / base.in_features**0.5)
        self.b = nn.Parameter(torch.zeros(base.out_features, RANK))

    def forward(self, x: Tensor) -> Tensor:
        thin = F.linear(F.dropout(x, DROPPED, self.training), self.a)
        sum_: Tensor = self.base(x) + F.linear(thin, self.b) * (ALPHA / RANK)
        return sum_


def adapt(model: Llm) -> dict[str, LowRank]:
    """Put adapters on the matrices of the last layers, and let nothing else learn; return them by GGUF's names of the matrices."""
    model.requires_grad_(False)
    found: dict[str, LowRank] = {}
    for number in range(len(model.layers))[-LAYERS:]:
        for part in PARTS:
            low = LowRank(getattr(model.layers[number], part))
            setattr(model.layers[number], part, low)
            found[gguf_name(f"layers.{number}.{part}.weight")] = low
    return found


def write(found: Mapping[str, LowRank], values: Mapping[str, str], out: Path) -> None:
    """Write adapters as a GGUF file with values of our own, whole or not at all."""
    partial = out.with_name(out.name + ".part")
    writer = GGUFWriter(partial, "llama")
    writer.add_string(Keys.General.TYPE, GGUFType.ADAPTER)
    writer.add_string(Keys.Adapter.TYPE, "lora")
    writer.add_float32(Keys.Adapter.LORA_ALPHA, ALPHA)
    for key, value in values.items():
        writer.add_string(key, value)
    for name, low in found.items():
        writer.add_tensor(f"{name}.lora_a", low.a.detach().half().numpy())
        writer.add_tensor(f"{name}.lora_b", low.b.detach().half().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    partial.replace(out)
