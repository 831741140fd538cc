"""Whisper's architecture (Radford et al. 2022, arXiv:2212.04356), small, with a CTC head that only training uses."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MEL_BANDS = 80
ENCODER_POSITIONS = 1500
DECODER_POSITIONS = 448


@dataclass(frozen=True)
class AsrShape:
    vocab: int
    ctc_symbols: int
    width: int = 192
    heads: int = 3
    encoder_layers: int = 6
    decoder_layers: int = 2


def sinusoids(length: int, width: int) -> Tensor:
    """Whisper's fixed encoder positions, (length, width)."""
    scale = math.log(10_000) / (width // 2 - 1)
    angles = torch.arange(length)[:, None] * torch.exp(-scale * torch.arange(width // 2))[None]
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def attend(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    """Scaled dot-product attention over (batch, heads, n, head width).

    Written out on a CPU: for short sequences, torch's fused kernel spends more in its backward pass there than all the rest.
    """
    if q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    if causal:
        n = scores.shape[-1]
        scores = scores + torch.full((n, n), -torch.inf, dtype=scores.dtype, device=scores.device).triu(1)
    attended: Tensor = scores.softmax(-1).to(v.dtype) @ v
    return attended


def lowered(x: Tensor) -> Tensor:
    """Return `x` in the numbers in which autocast multiplies matrices: once, and not again for each matrix."""
    kind = x.device.type
    return x.to(torch.get_autocast_dtype(kind)) if torch.is_autocast_enabled(kind) else x


def beside(conv: nn.Conv1d, x: Tensor) -> Tensor:
    """Convolve (batch, n, width) with a kernel of three and padding: neighbours beside one another, times a matrix.

    As fast on a CPU; cuDNN would plan anew for every length that it has not seen.
    """
    n, padded = x.shape[1], F.pad(x, (0, 0, 1, 1))
    neighbours = torch.cat([padded[:, i : i + n] for i in range(3)], dim=-1)[:, :: conv.stride[0]]
    return F.linear(neighbours, conv.weight.transpose(1, 2).flatten(1), conv.bias)


class Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, source: Tensor, causal: bool) -> Tensor:
        def split(y: Tensor) -> Tensor:
            return y.view(*y.shape[:-1], self.heads, -1).transpose(1, 2)

        q, k, v = split(self.query(x)), split(self.key(source)), split(self.value(source))
        attended = attend(q, k, v, causal)
        projected: Tensor = self.out(attended.transpose(1, 2).flatten(2))
        return projected


class Block(nn.Module):
    def __init__(self, width: int, heads: int, cross: bool, dropout: float) -> None:
        super().__init__()
        self.attn_norm, self.attn = nn.LayerNorm(width), Attention(width, heads)
        self.cross_norm = nn.LayerNorm(width) if cross else None
        self.cross = Attention(width, heads) if cross else None
        self.mlp_norm, self.mlp_in, self.mlp_out = nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.drop = nn.Dropout(dropout) if dropout else nn.Identity()

    def forward(self, x: Tensor, source: Tensor | None = None) -> Tensor:
        normed = lowered(self.attn_norm(x))
        x = x + self.drop(self.attn(normed, normed, causal=self.cross is not None))
        if self.cross is not None and self.cross_norm is not None:
            assert source is not None
            x = x + self.drop(self.cross(lowered(self.cross_norm(x)), source, causal=False))
        widened: Tensor = x + self.drop(self.mlp_out(F.gelu(self.mlp_in(lowered(self.mlp_norm(x))))))
        return widened


class Asr(nn.Module):
    """`encode` mel (batch, 80, frames) to (batch, frames / 2, width); `decode` tokens (batch, n) to logits over the vocabulary."""

    positions: Tensor

    def __init__(self, shape: AsrShape, dropout: float = 0.0) -> None:
        super().__init__()
        width = shape.width
        self.shape = shape
        self.conv1 = nn.Conv1d(MEL_BANDS, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.register_buffer("positions", sinusoids(ENCODER_POSITIONS, width), persistent=False)
        self.encoder = nn.ModuleList(Block(width, shape.heads, False, dropout) for _ in range(shape.encoder_layers))
        self.encoder_norm = nn.LayerNorm(width)
        self.embed = nn.Embedding(shape.vocab, width)
        self.decoder_positions = nn.Parameter(torch.zeros(DECODER_POSITIONS, width))
        self.decoder = nn.ModuleList(Block(width, shape.heads, True, dropout) for _ in range(shape.decoder_layers))
        self.decoder_norm = nn.LayerNorm(width)
        self.ctc = nn.Linear(width, shape.ctc_symbols)
        nn.init.normal_(self.embed.weight, std=0.02)
        nn.init.normal_(self.decoder_positions, std=0.01)

    def encode(self, mel: Tensor) -> Tensor:
        x = F.gelu(beside(self.conv1, mel.transpose(1, 2)))
        x = F.gelu(beside(self.conv2, x))
        x = x + self.positions[: x.shape[1]]
        for block in self.encoder:
            x = block(x)
        encoded: Tensor = self.encoder_norm(x)
        return lowered(encoded)

    def decode(self, tokens: Tensor, encoded: Tensor) -> Tensor:
        x = self.embed(tokens) + self.decoder_positions[: tokens.shape[1]]
        for block in self.decoder:
            x = block(x, encoded)
        return F.linear(lowered(self.decoder_norm(x)), self.embed.weight)
