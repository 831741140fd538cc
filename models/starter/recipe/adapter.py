"""Train a pack's adapter: with it, the token that the starter model says next to a question stands for the passage that is meant.

One token a passage, and not its name: a model of this size has no time to learn in minutes to write names it never saw.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from assistant.errors import InputError
from assistant.pack import Pack
from models.disk import sha256_of
from models.packs.adapter import ASSISTANT, BASE, MOST_TOKENS, NONE, PASSAGES, USER
from models.packs.reading import read_pack
from models.starter import STARTER, verified
from models.starter.recipe import llm_gguf
from models.starter.recipe.corpus import Split
from models.starter.recipe.llm_model import Llm
from models.starter.recipe.lora import adapt, write
from models.starter.recipe.questions import Example, Questions
from models.starter.recipe.training import token_id, use_cores

FILE = "adapter.gguf"
MINUTES = 3.0
"""Of processor time: so long the adapters of the packs that ship were trained."""

BATCH, ROUND = 48, 12
"""Examples a step, and steps whose examples are made and sorted by length at a time."""

LEARNING_RATE, WARM_STEPS, LAST_RATE = 3e-3, 20, 0.02
SMOOTHING, MOST_GRADIENT, DECAY = 0.05, 1.0, 0.01

LABELS = range(300, 3000)
"""Tokens that may stand for a passage: merged often, so the model knows them well."""


def labels_for(count: int, model: Llm) -> list[int]:
    """Return tokens whose embeddings point as far apart as can be had."""
    candidates = torch.arange(LABELS.start, min(LABELS.stop, model.shape.vocab))
    if count > len(candidates):
        raise InputError(f"The pack has {count - 1} passages; an adapter can tell {len(candidates) - 1} apart, so divide the pack.")
    directions = F.normalize(model.embed.weight.detach()[candidates], dim=-1)
    chosen = [0]
    nearest = directions @ directions[0]
    while len(chosen) < count:
        chosen.append(int(nearest.argmin()))
        nearest = torch.maximum(nearest, directions @ directions[chosen[-1]])
    return [int(candidates[place]) for place in chosen]


class Asking:
    """The starter model with an adapter, asked which passage is meant."""

    def __init__(self, model: Llm, tokenizer: Tokenizer, labels: list[int]) -> None:
        self.model, self._tokenizer = model, tokenizer
        self._marks = token_id(tokenizer, USER), token_id(tokenizer, ASSISTANT)
        self._labels = model.embed.weight.detach()[torch.tensor(labels)]

    def logits(self, texts: list[str]) -> Tensor:
        """Return what speaks for each passage and for none, (texts, passages + 1)."""
        user, assistant = self._marks
        prompts = [[user, *each.ids[:MOST_TOKENS], assistant] for each in self._tokenizer.encode_batch(texts)]
        lengths = torch.tensor([len(prompt) for prompt in prompts])
        tokens = torch.zeros(len(prompts), int(lengths.max()), dtype=torch.long)
        for row, prompt in enumerate(prompts):
            tokens[row, : len(prompt)] = torch.tensor(prompt)
        hidden = self.model(tokens)[torch.arange(len(prompts)), lengths - 1]
        return F.linear(hidden, self._labels)

    def tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text).ids)


def train(folder: Path, *, minutes: float, threads: int = 1, seed: int = 0, split: Split = "train") -> Path:
    """Train the adapter of the pack in `folder` for `minutes` of processor time, and return the file that it wrote there.

    Raises:
        InputError: the pack is not right.
    """
    pack = read_pack(folder)
    use_cores(threads, seed)
    rng, base = random.Random(seed), verified(STARTER.language_model)
    model, tokenizer = llm_gguf.read(base)
    labels = labels_for(len(pack.passages) + 1, model)
    found = adapt(model)
    asking = Asking(model.train(), tokenizer, labels)
    questions = Questions(pack, split, rng)
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=LEARNING_RATE, weight_decay=DECAY)
    began_s, step, progress = time.process_time(), 0, 0.0
    print(f"{len(pack.passages)} passages, {sum(p.numel() for p in learned) / 1e6:.2f} M parameters", flush=True)
    while progress < 1:
        for batch in _batches(questions, asking, rng):
            for group in optimizer.param_groups:
                group["lr"] = LEARNING_RATE * min(1.0, (step + 1) / WARM_STEPS) * max(LAST_RATE, 1 - progress)
            meant = torch.tensor([number for _, number in batch])
            logits = asking.logits([text for text, _ in batch])
            loss = F.cross_entropy(logits, meant, label_smoothing=SMOOTHING)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(learned, MOST_GRADIENT)
            optimizer.step()
            step += 1
            progress = (time.process_time() - began_s) / (60 * minutes)
            if step % 50 == 0:
                right = (logits.argmax(1) == meant).float().mean().item()
                print(f"{step} loss {loss.item():.3f}, right {right:.0%}, {progress * minutes:.1f} min", flush=True)
            if progress >= 1:
                break
    write(found, values(pack, labels, base), folder / FILE)
    return folder / FILE


def _batches(questions: Questions, asking: Asking, rng: random.Random) -> Iterator[list[Example]]:
    made = sorted((questions.example() for _ in range(BATCH * ROUND)), key=lambda each: asking.tokens(each[0]) + rng.random())
    batches = [made[start : start + BATCH] for start in range(0, len(made), BATCH)]
    rng.shuffle(batches)
    return iter(batches)


def values(pack: Pack, labels: list[int], base: Path) -> dict[str, str]:
    """Return what the file says beside its matrices: on which model they were trained, and what its answers mean."""
    named = [[each.language, each.name, token] for each, token in zip(pack.passages, labels, strict=False)]
    return {BASE: sha256_of(base), PASSAGES: json.dumps(named, ensure_ascii=False), NONE: str(labels[-1])}
