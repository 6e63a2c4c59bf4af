"""Detection and classification heads, one pair per data set and stage (UniCell spec section 10)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor, nn

from .prompt import Variant

CLASS_PRIOR = 0.01
"""Probability that an untrained class head gives."""


class DatasetHeads(nn.Module):
    """For every data set and stage a class head and a point head; nothing is shared.

    Args:
        classes: Number of classes per data set.
        dims: Channels of a query.
        stages: Decoder layers plus one: the last stage is the encoder's.
        structure: ``official`` has a linear class head and a point head of three layers, ``paper``
            two parallel linear layers (spec 14.9).
    """

    def __init__(
        self, classes: Sequence[int], dims: int, stages: int, structure: Variant = "paper"
    ) -> None:
        super().__init__()
        self.classes = nn.ModuleList(
            nn.ModuleList(_class_head(dims, count) for _ in range(stages)) for count in classes
        )
        self.points = nn.ModuleList(
            nn.ModuleList(_point_head(dims, structure) for _ in range(stages)) for _ in classes
        )

    def class_logits(self, dataset: int, stage: int, queries: Tensor) -> Tensor:
        """(B, Q, C) to sigmoid logits (B, Q, classes)."""
        logits: Tensor = self.classes[dataset][stage](queries)  # type: ignore[index]
        return logits

    def point_offsets(self, dataset: int, stage: int, queries: Tensor) -> Tensor:
        """(B, Q, C) to offsets (B, Q, 2) as (x, y), added to the logit of a reference point."""
        offsets: Tensor = self.points[dataset][stage](queries)  # type: ignore[index]
        return offsets


def _class_head(dims: int, classes: int) -> nn.Linear:
    head = nn.Linear(dims, classes)
    nn.init.constant_(head.bias, -math.log((1.0 - CLASS_PRIOR) / CLASS_PRIOR))
    return head


def _point_head(dims: int, structure: Variant) -> nn.Sequential:
    last = nn.Linear(dims, 2)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    if structure == "paper":
        return nn.Sequential(last)
    return nn.Sequential(nn.Linear(dims, dims), nn.ReLU(), nn.Linear(dims, dims), nn.ReLU(), last)
