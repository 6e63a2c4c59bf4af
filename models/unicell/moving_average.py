"""The moving average of a run's weights."""

from __future__ import annotations

import torch
from torch import nn


class Average:
    """Exponential moving average of the weights."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        """Start from the model's weights."""
        self.decay = decay
        self.weights = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Move towards the model; faster at the beginning."""
        decay = min(self.decay, (1 + step) / (10 + step))
        state = model.state_dict()
        # What is no floating number, an index for instance, never changes.
        moving = [name for name, value in state.items() if value.is_floating_point()]
        own = [self.weights[name] for name in moving]
        torch._foreach_lerp_(own, [state[name] for name in moving], 1 - decay)
