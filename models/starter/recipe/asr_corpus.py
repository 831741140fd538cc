"""The utterances that a recognizer learns from, where the model is: sets of them are taken in as they are made."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.starter.recipe.asr_augment import varied
from models.starter.recipe.asr_data import Shard, spoken_texts
from models.starter.recipe.asr_model import MEL_BANDS
from models.starter.recipe.asr_tokens import END, NO_TIMES, START, letter_ids, load_tokenizer, make_tokenizer
from models.starter.recipe.corpus import Lang
from models.starter.recipe.training import token_id

FRAMES_A_BATCH, FRAMES_A_GPU_BATCH = 10_000, 60_000
PADDED_SHARE = 0.03
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
        return Batch(*(getattr(self, f.name).to(device, non_blocking=True) for f in fields(self)))


class Corpus:
    """The sets in `folder`, each tokenised once."""

    def __init__(self, folder: Path, lang: Lang, texts: int, device: torch.device) -> None:
        """Take in the sets that are there; the vocabulary, if there is none yet, is made from `texts` texts."""
        self._folder, self._device = folder, device
        if not (folder / "tokenizer.json").exists():
            spoken = islice(spoken_texts(lang, random.Random(0)), texts)
            make_tokenizer(spoken).save(str(folder / "tokenizer.json"))
        self.tokenizer = load_tokenizer(folder)
        self.texts: list[str] = []
        self.lengths: list[int] = []
        self._frames = FRAMES_A_GPU_BATCH if device.type == "cuda" else FRAMES_A_BATCH
        self._taken: set[Path] = set()
        self._mel = torch.zeros(0, MEL_BANDS, dtype=torch.float16, device=device)
        """Of all utterances, one behind the other."""
        self._starts: list[int] = []
        self._tokens: list[list[int]] = []
        self._letters: list[list[int]] = []
        self._end, self._prompt = token_id(self.tokenizer, END), [token_id(self.tokenizer, t) for t in (START, NO_TIMES)]
        self.take_in()

    def take_in(self) -> None:
        """Take in the sets that have come since the last time."""
        new = [path for path in sorted(self._folder.glob("shard-*.npz")) if path not in self._taken and not path.name.endswith(".part.npz")]
        if not new:
            return
        mels = [self._mel]
        for path in new:
            shard = Shard.load(path)
            begins = sum(mel.shape[0] for mel in mels)
            self._starts += (begins + np.cumsum(shard.lengths) - shard.lengths).tolist()
            mels.append(torch.from_numpy(np.ascontiguousarray(shard.mel.T)).to(self._device))
            self.texts += shard.texts
            self.lengths += shard.lengths.tolist()
            encoded = self.tokenizer.encode_batch([f" {text}" if text else "" for text in shard.texts])
            self._tokens += [encoding.ids for encoding in encoded]
            self._letters += [letter_ids(text) for text in shard.texts]
        self._mel = torch.cat(mels)
        self._taken.update(new)

    def batches(self, rng: random.Random, epoch: int) -> Iterator[list[int]]:
        """Yield indices of utterances of like length; in the first epoch, short ones first."""
        order = sorted(range(len(self.lengths)), key=lambda i: self.lengths[i] + rng.random() * 10)
        batches: list[list[int]] = [[]]
        for i in order:
            if self.lengths[i] * (len(batches[-1]) + 1) > self._frames:
                batches.append([])
            batches[-1].append(i)
        batches = [batch for batch in batches if batch]
        if epoch == 0:
            batches.sort(key=lambda batch: self.lengths[batch[0]] + rng.random() * 60)
        else:
            rng.shuffle(batches)
        yield from batches

    def collate(self, chosen: list[int], rng: random.Random) -> Batch:
        """Return the batch where the model is, each utterance in a voice and noise of this time."""
        frames = round(1.1 * max(self.lengths[i] for i in chosen))
        if rng.random() < PADDED_SHARE:
            chosen, frames = chosen[: max(1, self._frames // FULL_WINDOW)], FULL_WINDOW
        frames += frames % 2
        mel, lengths = varied(*self._features(chosen), frames)
        sequences = [[*self._prompt, *self._tokens[i]] for i in chosen]
        longest = max(map(len, sequences))
        tokens = np.full((len(chosen), longest), self._end, np.int64)
        labels = np.full((len(chosen), longest), -100, np.int64)
        for row, sequence in enumerate(sequences):
            tokens[row, : len(sequence)] = sequence
            labels[row, 1 : len(sequence)] = [*sequence[2:], self._end]
        return Batch(
            mel=mel.transpose(1, 2).contiguous(),
            tokens=torch.from_numpy(tokens),
            labels=torch.from_numpy(labels),
            letters=torch.tensor([letter for i in chosen for letter in self._letters[i]], dtype=torch.long),
            letter_counts=torch.tensor([len(self._letters[i]) for i in chosen]),
            encoded_lengths=((lengths + 1) // 2).clamp(max=frames // 2),
        ).to(self._device)

    def _features(self, chosen: list[int]) -> tuple[Tensor, Tensor]:
        """Return (b, n, 80) features, behind whose end others follow, and their lengths (b,)."""
        starts = torch.tensor([self._starts[i] for i in chosen]).to(self._device)
        lengths = torch.tensor([self.lengths[i] for i in chosen]).to(self._device)
        at = starts[:, None] + torch.arange(max(self.lengths[i] for i in chosen), device=self._device)[None]
        return self._mel[at.clamp(max=self._mel.shape[0] - 1)].float(), lengths
