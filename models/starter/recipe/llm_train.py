"""Train the language model on conversations; what the user says counts a little too, so that it knows how sentences end."""

from __future__ import annotations

import random
from collections.abc import Iterator
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
from models.starter.recipe.muon import Optimizers
from models.starter.recipe.precision import autocast
from models.starter.recipe.scale import Scale
from models.starter.recipe.training import Run, use_cores

TOKENS_A_BATCH = 4096


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


def batches(conversations: list[Encoded], rng: random.Random) -> Iterator[list[Encoded]]:
    """Yield conversations of like length, at most `TOKENS_A_BATCH` with padding, in random order."""
    order = sorted(conversations, key=lambda c: len(c[0]) + rng.random() * 2)
    made: list[list[Encoded]] = [[]]
    for conversation in order:
        if len(conversation[0]) * (len(made[-1]) + 1) > TOKENS_A_BATCH:
            made.append([])
        made[-1].append(conversation)
    made = [batch for batch in made if batch]
    rng.shuffle(made)
    yield from made


def loss_of(model: Llm, batch: list[Encoded], device: torch.device) -> Tensor:
    """Return the mean cross entropy of the next token, each at what it counts."""
    longest = max(len(tokens) for tokens, _ in batch)
    inputs = torch.zeros(len(batch), longest, dtype=torch.long)
    weights = torch.zeros(len(batch), longest)
    for row, (tokens, counts) in enumerate(batch):
        inputs[row, : len(tokens)] = torch.tensor(tokens)
        weights[row, : len(tokens)] = torch.tensor(counts)
    inputs, weights = inputs.to(device), weights.to(device)
    asked = weights[:, 1:] > 0
    with autocast(device):
        hidden = model(inputs)
        logits = model.logits(hidden[:, :-1][asked])
    each = F.cross_entropy(logits.float(), inputs[:, 1:][asked], reduction="none", label_smoothing=0.05)
    weight = weights[:, 1:][asked]
    return (each * weight).sum() / weight.sum()


def beginning(folder: Path, shipped: Path | None, scale: Scale) -> tuple[Llm, Tokenizer]:
    """Return the model and the tokenizer to begin with: new ones, or those of the GGUF file `shipped`; the tokenizer stays in `folder`."""
    path = folder / "tokenizer.json"
    model, tokenizer = (None, None) if shipped is None else llm_gguf.read(shipped)
    if not path.exists():
        (tokenizer or make_tokenizer(scale)).save(str(path))
    tokenizer = Tokenizer.from_file(str(path))
    return model or Llm(LlmShape(tokenizer.get_vocab_size())), tokenizer


def train(folder: Path, *, minutes: float, threads: int, scale: Scale, seed: int = 0, shipped: Path | None = None) -> None:
    """Train for `minutes` of compute in total, over as many runs as it takes; write `folder/checkpoint.pt`.

    The first run begins with the model in `shipped`, a GGUF file that this recipe made, or with random weights.
    """
    device = use_cores(threads, seed)
    folder.mkdir(parents=True, exist_ok=True)
    model, tokenizer = beginning(folder, shipped, scale)
    model.to(device)
    optimizers = Optimizers(model, matrices="layers.", muon_lr=0.015, adam_lr=1.5e-3)
    run = Run(folder, minutes * 60, threads)
    learned, mishearing = pairs("train")[: scale.pairs], Mishearing.mined()
    interpreting = Interpreting(learned, mine(learned), mishearing)
    run.resume(model, optimizers)
    rng = random.Random(seed + run.step)
    print(f"{len(learned)} pairs, {sum(p.numel() for p in model.parameters()) / 1e6:.1f} M parameters, step {run.step}", flush=True)
    model.train()
    while run.progress < 1:
        plain, unfinished, with_terms, assisted = (round(scale.conversations * share) for share in mix(run.progress))
        mixed = interpreting.plain(plain, rng) + interpreting.unfinished(unfinished, rng) + interpreting.with_terms(with_terms, rng)
        mixed += assistance(assisted, rng, mishearing)
        for batch in batches(encode(mixed, tokenizer), rng):
            loss = loss_of(model, batch, device)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizers.step(run.rate)
            run.stepped(model, optimizers)
            if run.step % 100 == 0:
                print(f"{run.step} loss {loss.item():.3f} {run.spent_s / 60:.1f} min", flush=True)
            if run.progress >= 1:
                break
