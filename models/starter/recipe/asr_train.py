"""Train the recognizer: attention on top of CTC, short utterances first, some windows padded to the full 30 s."""

from __future__ import annotations

import json
import random
import shutil
import time
from pathlib import Path

from torch import Tensor
from torch.nn import functional as F

from models.starter.recipe import asr_ct2
from models.starter.recipe.asr_corpus import Batch, Corpus
from models.starter.recipe.asr_model import Asr, AsrShape
from models.starter.recipe.asr_tokens import CTC_SYMBOLS
from models.starter.recipe.corpus import Lang
from models.starter.recipe.muon import Optimizers
from models.starter.recipe.precision import autocast
from models.starter.recipe.training import bell, run_in, use_cores


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
    corpus, rng = Corpus(folder, lang, texts, device), random.Random(seed)
    model = Asr(AsrShape(corpus.tokenizer.get_vocab_size(), CTC_SYMBOLS)).to(device)
    optimizers = Optimizers(model, matrices="encoder. decoder.", muon_lr=0.02, adam_lr=1.5e-3)
    run = run_in(folder, minutes, threads, device)
    if not run.resume(model, optimizers) and shipped is not None:
        begin_with(shipped, model, folder)
    print(
        f"{len(corpus.texts)} utterances, {sum(corpus.lengths) / 360_000:.1f} h, {sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, step {run.step}",
        flush=True,
    )
    model.train()
    epoch, began = (0 if run.step == 0 and shipped is None else 1), time.monotonic()
    while run.progress < 1:
        corpus.take_in()
        for chosen in corpus.batches(rng, epoch):
            entropy, ctc = losses(model, corpus.collate(chosen, rng))
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
