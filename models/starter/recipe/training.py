"""What both trainings share: the schedule by time spent, and checkpoints that a stopped run goes on from."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import nn

from models.starter.recipe.muon import Optimizers


@dataclass
class Run:
    """One training: `spent_s` counts processor time over all its sessions, so that a busy machine only makes it longer; with a GPU, its time.

    The schedule follows `spent_s / budget_s`; both are per thread.
    """

    folder: Path
    budget_s: float
    threads: int = 1
    clock: Callable[[], float] = time.process_time
    warmup_steps: int = 200
    save_every_s: float = 120.0
    step: int = 0
    spent_s: float = 0.0
    _mark: float = 0.0
    _saved: float = field(default_factory=time.monotonic)

    @property
    def progress(self) -> float:
        """Share of the budget that is spent, 0..1."""
        return min(self.spent_s / self.budget_s, 1.0)

    @property
    def rate(self) -> float:
        """Learning-rate factor: warm-up, level until 60 %, then linearly down to a twentieth."""
        decay = 1.0 if self.progress < 0.6 else 1 - 0.95 * (self.progress - 0.6) / 0.4
        return min(1.0, (self.step + 1) / self.warmup_steps) * decay

    def stepped(self, model: nn.Module, optimizers: Optimizers) -> None:
        """Count one step; save now and then."""
        used = self.clock()
        self.spent_s += (used - self._mark) / self.threads
        self._mark = used
        self.step += 1
        now = time.monotonic()
        if now - self._saved > self.save_every_s or self.progress >= 1:
            self.save(model, optimizers)
            self._saved = now

    def save(self, model: nn.Module, optimizers: Optimizers) -> None:
        """Write the checkpoint whole or not at all."""
        partial = self.folder / "checkpoint.part"
        state = {"model": model.state_dict(), "optimizers": optimizers.state_dict(), "step": self.step, "spent_s": self.spent_s}
        torch.save(state, partial)
        partial.rename(self.folder / "checkpoint.pt")

    def resume(self, model: nn.Module, optimizers: Optimizers) -> bool:
        """Load the checkpoint, if there is one; time is counted from here on."""
        self._mark = self.clock()
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return False
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(state["model"])
        optimizers.load_state_dict(state["optimizers"])
        self.step, self.spent_s = state["step"], state["spent_s"]
        return True


def use_cores(threads: int, seed: int) -> torch.device:
    """Seed torch and keep it to `threads` threads; return where to train: on a GPU if there is one."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    torch.backends.cuda.enable_cudnn_sdp(False)  # it plans anew for every length that it has not seen
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def run_in(folder: Path, minutes: float, threads: int, device: torch.device) -> Run:
    """Return a training of `minutes` of compute in total, whose checkpoint lies in `folder`; on a GPU a minute is one of the clock."""
    return Run(folder, minutes * 60, 1, time.monotonic) if device.type == "cuda" else Run(folder, minutes * 60, threads)


def token_id(tokenizer: Tokenizer, token: str) -> int:
    """Return the number of a token that the tokenizer is known to have."""
    number = tokenizer.token_to_id(token)
    assert number is not None, token
    return number


def bell(progress: float) -> float:
    """Half a cosine from 1 to 0, for weights that fade out."""
    return 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
