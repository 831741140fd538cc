"""The optimizer: Muon for the weight matrices of the layers, AdamW for everything else.

Muon is Keller Jordan's method (https://kellerjordan.github.io/posts/muon/): momentum, made nearly orthogonal by five
Newton-Schulz steps. On these small models it needs about half the steps of AdamW alone.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from models.starter.recipe.precision import quickest


def orthogonalized(matrices: Tensor) -> Tensor:
    """Return the nearest semi-orthogonal matrix to each of (n, rows, columns) `matrices`, roughly: singular values in about 0.7..1.2."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrices.to(quickest(matrices.device))
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    nearest: Tensor = (x.mT if tall else x).to(matrices.dtype)
    return nearest


class Muon(torch.optim.Optimizer):
    """SGD with Nesterov momentum whose update is orthogonalised; for matrices only."""

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0.01) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            alike = defaultdict[tuple[int, ...], list[nn.Parameter]](list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike[tuple(parameter.shape)].append(parameter)
            for (rows, columns), parameters in alike.items():  # together: a GPU would mostly wait for one small matrix after the other
                gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
                tensors: list[Tensor] = list(parameters)
                momenta = [self._momentum(parameter) for parameter in parameters]
                torch._foreach_lerp_(momenta, gradients, 1 - group["momentum"])
                updates = orthogonalized(torch.stack(torch._foreach_lerp(gradients, momenta, group["momentum"])))
                torch._foreach_mul_(tensors, 1 - group["lr"] * group["weight_decay"])
                torch._foreach_add_(tensors, list(updates.unbind()), alpha=-group["lr"] * math.sqrt(max(1.0, rows / columns)))

    def _momentum(self, parameter: nn.Parameter) -> Tensor:
        state = self.state[parameter]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(parameter)
        found: Tensor = state["momentum"]
        return found


class Optimizers:
    """Both optimizers behind one rate: `step(scale)` multiplies each one's own peak learning rate by the schedule's `scale`."""

    def __init__(self, model: nn.Module, *, matrices: str, muon_lr: float, adam_lr: float) -> None:
        layers = [p for name, p in model.named_parameters() if name.startswith(tuple(matrices.split())) and p.ndim == 2]
        chosen = {id(p) for p in layers}
        rest = [p for p in model.parameters() if id(p) not in chosen]
        self._parameters = layers + rest
        self._peaks = (muon_lr, adam_lr)
        self._all: tuple[torch.optim.Optimizer, ...] = (
            Muon(layers, muon_lr),
            torch.optim.AdamW(rest, adam_lr, betas=(0.9, 0.98), weight_decay=0.01, fused=True),
        )

    def step(self, scale: float) -> None:
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        for optimizer, peak in zip(self._all, self._peaks, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = peak * scale
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def state_dict(self) -> list[dict[str, Any]]:
        return [optimizer.state_dict() for optimizer in self._all]

    def load_state_dict(self, states: list[dict[str, Any]]) -> None:
        for optimizer, state in zip(self._all, states, strict=True):
            optimizer.load_state_dict(state)
