"""Train the recognizer: attention on top of CTC, short utterances first, some windows padded to the full 30 s."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from models.starter.recipe import asr_ct2
from models.starter.recipe.asr_data import Shard, spoken_texts
from models.starter.recipe.asr_model import MEL_BANDS, Asr, AsrShape
from models.starter.recipe.asr_tokens import CTC_SYMBOLS, END, NO_TIMES, PREVIOUS, START, letter_ids, load_tokenizer, make_tokenizer
from models.starter.recipe.corpus import Lang
from models.starter.recipe.muon import Optimizers
from models.starter.recipe.precision import autocast
from models.starter.recipe.rare import Rare
from models.starter.recipe.training import Run, bell, token_id, use_cores

FRAMES_A_BATCH = 10_000
PADDED_SHARE = 0.03
EXPECTED_SHARE = 0.3
"""Of the utterances, before which terms stand."""

FULL_WINDOW = 3000


@dataclass(frozen=True)
class Batch:
    """`mel` (b, 80, frames), `tokens` and `labels` (b, n) with -100 where nothing is asked, CTC targets end to end."""

    mel: Tensor
    tokens: Tensor
    labels: Tensor
    letters: Tensor
    letter_counts: Tensor
    encoded_lengths: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch where the model is."""
        return Batch(*(getattr(self, f.name).to(device) for f in fields(self)))


class Corpus:
    """The shards in memory, tokenised once."""

    def __init__(self, folder: Path, lang: Lang, texts: int) -> None:
        """Read the shards in `folder`; the vocabulary, if there is none yet, is made from `texts` texts."""
        shards = [Shard.load(path) for path in sorted(folder.glob("shard-*.npz"))]
        self.texts = [text for shard in shards for text in shard.texts]
        if not (folder / "tokenizer.json").exists():
            spoken = islice(spoken_texts(lang, random.Random(0)), texts)
            make_tokenizer(spoken).save(str(folder / "tokenizer.json"))
        self.tokenizer = load_tokenizer(folder)
        self._mels: list[NDArray[np.float16]] = [
            mel for shard in shards for mel in np.split(shard.mel, np.cumsum(shard.lengths)[:-1], axis=1)
        ]
        self.lengths = [mel.shape[1] for mel in self._mels]
        self._tokens = [encoding.ids for encoding in self.tokenizer.encode_batch([f" {text}" if text else "" for text in self.texts])]
        self._letters = [letter_ids(text) for text in self.texts]
        self._end, self._prompt = token_id(self.tokenizer, END), [token_id(self.tokenizer, t) for t in (START, NO_TIMES)]
        self._previous, self._rare = token_id(self.tokenizer, PREVIOUS), Rare(self.texts)

    def batches(self, rng: random.Random, epoch: int) -> Iterator[list[int]]:
        """Yield indices of utterances of like length; in the first epoch, short ones first."""
        order = sorted(range(len(self.lengths)), key=lambda i: self.lengths[i] + rng.random() * 10)
        batches: list[list[int]] = [[]]
        for i in order:
            if self.lengths[i] * (len(batches[-1]) + 1) > FRAMES_A_BATCH:
                batches.append([])
            batches[-1].append(i)
        batches = [batch for batch in batches if batch]
        if epoch == 0:
            batches.sort(key=lambda batch: self.lengths[batch[0]] + rng.random() * 60)
        else:
            rng.shuffle(batches)
        yield from batches

    def collate(self, chosen: list[int], rng: random.Random, masks: bool) -> Batch:
        """Return the batch, its spectrogram partly masked (SpecAugment, arXiv:1904.08779) if `masks`."""
        frames = max(self.lengths[i] for i in chosen)
        if rng.random() < PADDED_SHARE:
            chosen, frames = chosen[: max(1, FRAMES_A_BATCH // FULL_WINDOW)], FULL_WINDOW
        frames += frames % 2
        mel = np.zeros((len(chosen), MEL_BANDS, frames), np.float32)
        expected = [self._expected(i, rng) for i in chosen]
        longest = max(len(self._tokens[i]) + len(before) for i, before in zip(chosen, expected, strict=True))
        tokens = torch.full((len(chosen), longest + 2), self._end)
        labels = torch.full((len(chosen), longest + 2), -100)
        for row, i in enumerate(chosen):
            mel[row, :, : self.lengths[i]] = self._masked(self._mels[i], rng) if masks else self._mels[i]
            before = expected[row]
            sequence = [*before, *self._prompt, *self._tokens[i]]
            tokens[row, : len(sequence)] = torch.tensor(sequence)
            labels[row, len(before) + 1 : len(sequence)] = torch.tensor([*self._tokens[i], self._end])
        counts = torch.tensor([len(self._letters[i]) for i in chosen])
        letters = torch.tensor([letter for i in chosen for letter in self._letters[i]], dtype=torch.long)
        encoded = torch.tensor([min((self.lengths[i] + 1) // 2, frames // 2) for i in chosen])
        return Batch(torch.from_numpy(mel), tokens, labels, letters, counts, encoded)

    def _expected(self, i: int, rng: random.Random) -> list[int]:
        """Return what stands before utterance `i`: mostly nothing, else terms that may occur in it."""
        if rng.random() >= EXPECTED_SHARE:
            return []
        terms = ", ".join(self._rare.terms(self.texts[i], rng))
        return [self._previous, *self.tokenizer.encode(f" {terms}").ids]

    @staticmethod
    def _masked(mel: NDArray[np.float16], rng: random.Random) -> NDArray[np.float16]:
        mel, mean = mel.copy(), mel.mean(dtype=np.float32)
        for _ in range(2):
            width = rng.randint(0, 10)
            start = rng.randint(0, MEL_BANDS - width)
            mel[start : start + width] = mean
        width = rng.randint(0, 8)
        start = rng.randint(0, max(0, mel.shape[1] - width))
        mel[:, start : start + width] = mean
        return mel


def losses(model: Asr, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return the attention decoder's cross entropy and the encoder's CTC loss."""
    with autocast(batch.mel.device):
        encoded = model.encode(batch.mel)
        logits = model.decode(batch.tokens, encoded)
        letters = model.ctc(encoded)
    entropy = F.cross_entropy(logits.float().flatten(0, 1), batch.labels.flatten(), ignore_index=-100, label_smoothing=0.05)
    log_probs = letters.float().log_softmax(-1).transpose(0, 1)
    ctc = F.ctc_loss(log_probs, batch.letters, batch.encoded_lengths, batch.letter_counts, zero_infinity=True)
    return entropy, ctc


def begin_with(shipped: Path, model: Asr, folder: Path) -> None:
    """Give `model` the weights in the folder `shipped`; a word's only where both share the vocabulary, and CTC's head starts anew."""
    weights = asr_ct2.read(shipped)
    if (shipped / "tokenizer.json").read_bytes() != (folder / "tokenizer.json").read_bytes():
        del weights["embed.weight"]
    model.load_state_dict(weights, strict=False)


def train(folder: Path, lang: Lang, *, minutes: float, threads: int, texts: int, seed: int = 0, shipped: Path | None = None) -> None:
    """Train for `minutes` of compute in total, over as many runs as it takes; write `folder/checkpoint.pt`.

    The first run begins with the recognizer in `shipped`, which this recipe made for this language or another, or with random weights.
    """
    device = use_cores(threads, seed)
    if (
        shipped is not None
        and not (folder / "tokenizer.json").exists()
        and lang == json.loads((shipped / "preprocessor_config.json").read_text())["language"]
    ):
        shutil.copyfile(shipped / "tokenizer.json", folder / "tokenizer.json")
    corpus, rng = Corpus(folder, lang, texts), random.Random(seed)
    model = Asr(AsrShape(corpus.tokenizer.get_vocab_size(), CTC_SYMBOLS)).to(device)
    optimizers = Optimizers(model, matrices="encoder. decoder.", muon_lr=0.02, adam_lr=1.5e-3)
    run = Run(folder, minutes * 60, threads)
    if not run.resume(model, optimizers) and shipped is not None:
        begin_with(shipped, model, folder)
    print(
        f"{len(corpus.texts)} utterances, {sum(corpus.lengths) / 360_000:.1f} h, {sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, step {run.step}",
        flush=True,
    )
    model.train()
    epoch, began = (0 if run.step == 0 else 1), time.monotonic()
    while run.progress < 1:
        for chosen in corpus.batches(rng, epoch):
            entropy, ctc = losses(model, corpus.collate(chosen, rng, masks=True).to(device))
            loss: Tensor = entropy + (0.3 + 0.7 * bell(run.step / 2000)) * ctc
            loss.backward()  # type: ignore[no-untyped-call]
            optimizers.step(run.rate)
            run.stepped(model, optimizers)
            if run.step % 50 == 0:
                print(
                    f"{run.step} epoch {epoch} entropy {entropy.item():.3f} ctc {ctc.item():.3f} {run.spent_s / 60:.1f} min, {(time.monotonic() - began) / 60:.1f} here",
                    flush=True,
                )
            if run.progress >= 1:
                break
        epoch += 1
