"""Train the language model on conversations; what the user says counts a little too, so that it knows how sentences end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from models.starter.recipe import llm_gguf
from models.starter.recipe.assisting import assistance
from models.starter.recipe.corpus import pairs
from models.starter.recipe.hearing import Mishearing
from models.starter.recipe.interpreting import Interpreting
from models.starter.recipe.lexicon import mine
from models.starter.recipe.llm_data import Encoded, encode, make_tokenizer
from models.starter.recipe.llm_model import Llm, LlmShape
from models.starter.recipe.making import ahead
from models.starter.recipe.muon import Optimizers
from models.starter.recipe.phrasebook import phrasebook
from models.starter.recipe.precision import autocast
from models.starter.recipe.scale import Scale
from models.starter.recipe.training import run_in, use_cores

TOKENS_A_BATCH, TOKENS_A_GPU_BATCH = 4096, 16_384
PASSES = 3
"""Over the same conversations at most, while others are made."""

DROPOUT = 0.1

PHRASES = 0.1
"""Conversations of the phrasebook, as a share of all others."""


class Mix(NamedTuple):
    """Shares of the conversations, 1 in total."""

    plain: float
    unfinished: float
    with_terms: float
    assistance: float


def mix(progress: float) -> Mix:
    """Return what is learned now: translating takes longest to learn, so it comes first.

    A conversation with the assistant has twice the tokens of a translation: 0.2 of the conversations are a third of the tokens.
    """
    if progress < 0.65:
        return Mix(plain=0.6, unfinished=0.1, with_terms=0.1, assistance=0.2)
    if progress < 0.8:
        return Mix(plain=0.42, unfinished=0.1, with_terms=0.08, assistance=0.4)
    return Mix(plain=0.35, unfinished=0.08, with_terms=0.07, assistance=0.5)


class Mixing:
    """Makes conversations by the number of the mix and how far the training was when it was asked for; can be pickled."""

    def __init__(self, folder: Path, scale: Scale, seed: int) -> None:
        self._folder, self._scale, self._seed = folder, scale, seed

    def __call__(self, number: int, progress: float) -> list[Encoded]:
        """Return a mix as tokens."""
        interpreting, mishearing, tokenizer = _sources(self._folder, self._scale.pairs)
        rng = random.Random(f"{self._seed} {number}")
        plain, unfinished, with_terms, assisted = (round(self._scale.conversations * share) for share in mix(progress))
        mixed = interpreting.plain(plain, rng) + interpreting.unfinished(unfinished, rng) + interpreting.with_terms(with_terms, rng)
        mixed += phrasebook(round(self._scale.conversations * PHRASES), rng)
        return encode(mixed + assistance(assisted, rng, mishearing), tokenizer)


@cache
def _sources(folder: Path, most_pairs: int | None) -> tuple[Interpreting, Mishearing, Tokenizer]:
    learned, mishearing = pairs("train")[:most_pairs], Mishearing.mined()
    return Interpreting(learned, mine(learned), mishearing), mishearing, Tokenizer.from_file(str(folder / "tokenizer.json"))


def batches(conversations: list[Encoded], rng: random.Random, most: int) -> Iterator[list[Encoded]]:
    """Yield conversations of like length, at most `most` tokens with padding, in random order."""
    order = sorted(conversations, key=lambda c: len(c[0]) + rng.random() * 2)
    made: list[list[Encoded]] = [[]]
    for conversation in order:
        if len(conversation[0]) * (len(made[-1]) + 1) > most:
            made.append([])
        made[-1].append(conversation)
    made = [batch for batch in made if batch]
    rng.shuffle(made)
    yield from made


def loss_of(model: Llm, batch: list[Encoded], device: torch.device) -> Tensor:
    """Return the mean cross entropy of the next token, each at what it counts."""
    longest = max(len(tokens) for tokens, _ in batch)
    padded = [([*tokens, *[0] * (longest - len(tokens))], [*counts, *[0.0] * (longest - len(counts))]) for tokens, counts in batch]
    inputs, weights = torch.tensor([tokens for tokens, _ in padded]), torch.tensor([counts for _, counts in padded])
    asked = torch.nonzero(weights[:, 1:].flatten())[:, 0].to(device)  # found here: a GPU would be waited for
    inputs, weights = inputs.to(device), weights.to(device)
    with autocast(device):
        hidden = model(inputs)
        logits = model.logits(hidden[:, :-1].flatten(0, 1)[asked])
    each = F.cross_entropy(logits.float(), inputs[:, 1:].flatten()[asked], reduction="none", label_smoothing=0.05)
    weight = weights[:, 1:].flatten()[asked]
    return (each * weight).sum() / weight.sum()


def beginning(folder: Path, shipped: Path | None, scale: Scale) -> tuple[Llm, Tokenizer]:
    """Return the model and the tokenizer to begin with: new ones, or those of the GGUF file `shipped`; the tokenizer stays in `folder`."""
    path = folder / "tokenizer.json"
    model, tokenizer = (None, None) if shipped is None else llm_gguf.read(shipped)
    if not path.exists():
        (tokenizer or make_tokenizer(scale)).save(str(path))
    tokenizer = Tokenizer.from_file(str(path))
    model = model or Llm(LlmShape(tokenizer.get_vocab_size()))
    model.dropout = DROPOUT
    return model, tokenizer


def train(
    folder: Path,
    *,
    minutes: float,
    threads: int,
    scale: Scale,
    makers: int = 0,
    seed: int = 0,
    shipped: Path | None = None,
    rate: float = 1.0,
) -> None:
    """Train for `minutes` of compute in total, over as many runs as it takes; write `folder/checkpoint.pt`.

    The first run begins with the model in `shipped`, a GGUF file that this recipe made, or with random weights. `rate` is a factor for
    the learning rates: a trained model that learns a little more wants a small one.
    """
    device = use_cores(threads, seed)
    folder.mkdir(parents=True, exist_ok=True)
    model, _ = beginning(folder, shipped, scale)
    model.to(device)
    optimizers = Optimizers(model, matrices="layers.", muon_lr=0.015, adam_lr=1.5e-3)
    run = run_in(folder, minutes, threads, device)
    run.resume(model, optimizers)
    rng = random.Random(seed + run.step)
    most = TOKENS_A_GPU_BATCH if device.type == "cuda" else TOKENS_A_BATCH
    learned = len(pairs("train")[: scale.pairs])
    print(f"{learned} pairs, {sum(p.numel() for p in model.parameters()) / 1e6:.1f} M parameters, step {run.step}", flush=True)
    model.train()
    mixing = Mixing(folder, scale, seed + run.step)
    with closing(ahead(mixing, makers, lambda: run.progress, PASSES)) as mixes:
        for batch in (batch for mixed in mixes for batch in batches(mixed, rng, most)):
            loss = loss_of(model, batch, device)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizers.step(rate * run.rate)
            run.stepped(model, optimizers)
            if run.step % 100 == 0:
                print(f"{run.step} loss {loss.item():.3f} {run.spent_s / 60:.1f} min", flush=True)
            if run.progress >= 1:
                break
