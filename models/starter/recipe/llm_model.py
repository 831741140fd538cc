"""Llama's architecture (Touvron et al. 2023, arXiv:2302.13971) with grouped queries and tied embeddings, small."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.starter.recipe.asr_model import attend, lowered


@dataclass(frozen=True)
class LlmShape:
    vocab: int = 8192
    width: int = 384
    layers: int = 8
    heads: int = 6
    kv_heads: int = 2
    hidden: int = 1024
    context: int = 1024
    rope_base: float = 10_000.0
    norm_epsilon: float = 1e-5

    @property
    def head_width(self) -> int:
        return self.width // self.heads


class Norm(nn.Module):
    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight, self._epsilon = nn.Parameter(torch.ones(width)), epsilon

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, x.shape[-1:], self.weight, self._epsilon)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions on neighbouring pairs, as GGUF's `llama` wants them; x is (batch, heads, n, head width)."""
    a, b = x.view(*x.shape[:-1], -1, 2).unbind(-1)
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)


class LlamaBlock(nn.Module):
    def __init__(self, shape: LlmShape) -> None:
        super().__init__()
        width, kv = shape.width, shape.kv_heads * shape.head_width
        self.shape = shape
        self.attn_norm, self.ffn_norm = Norm(width, shape.norm_epsilon), Norm(width, shape.norm_epsilon)
        self.q, self.k, self.v = (nn.Linear(width, n, bias=False) for n in (width, kv, kv))
        self.o = nn.Linear(width, width, bias=False)
        self.gate, self.up = (nn.Linear(width, shape.hidden, bias=False) for _ in range(2))
        self.down = nn.Linear(shape.hidden, width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, dropout: float) -> Tensor:
        normed = lowered(self.attn_norm(x))

        def split(y: Tensor) -> Tensor:
            return y.view(*y.shape[:-1], -1, self.shape.head_width).transpose(1, 2)

        q, k, v = rotate(split(self.q(normed)), cos, sin), rotate(split(self.k(normed)), cos, sin), split(self.v(normed))
        groups = self.shape.heads // self.shape.kv_heads
        k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
        attended = attend(q.to(v.dtype), k.to(v.dtype), v, causal=True)
        x = x + F.dropout(self.o(attended.transpose(1, 2).flatten(2)), dropout, self.training)
        normed = lowered(self.ffn_norm(x))
        transformed: Tensor = x + F.dropout(self.down(F.silu(self.gate(normed)) * self.up(normed)), dropout, self.training)
        return transformed


class Llm(nn.Module):
    """`forward` takes tokens (batch, n) to hidden states (batch, n, width); `logits` takes hidden states to the vocabulary."""

    cos: Tensor
    sin: Tensor

    def __init__(self, shape: LlmShape) -> None:
        super().__init__()
        self.shape = shape
        self.dropout = 0.0
        """Of what each layer adds, while training."""
        self.embed = nn.Embedding(shape.vocab, shape.width)
        self.layers = nn.ModuleList(LlamaBlock(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.width, shape.norm_epsilon)
        angles = torch.arange(shape.context)[:, None] * shape.rope_base ** (-torch.arange(0, shape.head_width, 2) / shape.head_width)[None]
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        for parameter in self.parameters():
            if parameter.ndim == 2:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embed(tokens)
        cos, sin = self.cos[: tokens.shape[1]], self.sin[: tokens.shape[1]]
        for layer in self.layers:
            x = layer(x, cos, sin, self.dropout)
        hidden: Tensor = self.norm(x)
        return hidden

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.embed.weight)
