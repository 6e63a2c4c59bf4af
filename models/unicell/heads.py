"""Detection and classification heads, one pair per data set and stage (UniCell spec section 10)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from .prompt import Variant
from .stacked import Index, StackedLinear

ABSENT = -1.0e4
"""Logit of a class that a data set does not have: far below any threshold."""

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
        self.stages = stages
        self.classes = nn.ModuleList(
            nn.ModuleList(_class_head(dims, count) for _ in range(stages)) for count in classes
        )
        self.points = nn.ModuleList(
            nn.ModuleList(_point_head(dims, structure) for _ in range(stages)) for _ in classes
        )

    def class_logits(self, dataset: Index, stage: int, queries: Tensor) -> Tensor:
        """(B, Q, C) to sigmoid logits (B, Q, classes)."""
        logits: Tensor = self.classes[dataset][stage](queries)  # type: ignore[index]
        return logits

    def point_offsets(self, dataset: Index, stage: int, queries: Tensor) -> Tensor:
        """(B, Q, C) to offsets (B, Q, 2) as (x, y), added to the logit of a reference point."""
        offsets: Tensor = self.points[dataset][stage](queries)  # type: ignore[index]
        return offsets


class FrozenHeads(nn.Module):
    """Trained heads whose data set may be a tensor, so that one graph serves all of them.

    Class logits are as many as the largest data set has; those a data set lacks are :data:`ABSENT`.
    """

    def __init__(self, heads: DatasetHeads) -> None:
        super().__init__()
        self.stages = heads.stages
        self.classes = nn.ModuleList(
            _stack([stages[i] for stages in heads.classes])  # type: ignore[index]
            for i in range(heads.stages)
        )
        self.points = nn.ModuleList(
            nn.ModuleList(
                _stack(list(layers))
                for layers in zip(
                    *(_linears(stages[i]) for stages in heads.points),  # type: ignore[index]
                    strict=True,
                )
            )
            for i in range(heads.stages)
        )

    def class_logits(self, dataset: Index, stage: int, queries: Tensor) -> Tensor:
        """As :meth:`DatasetHeads.class_logits`, but for the width."""
        logits: Tensor = self.classes[stage](queries, dataset)
        return logits

    def point_offsets(self, dataset: Index, stage: int, queries: Tensor) -> Tensor:
        """As :meth:`DatasetHeads.point_offsets`."""
        layers = cast(nn.ModuleList, self.points[stage])
        offsets = queries
        for i, layer in enumerate(layers):
            offsets = layer(offsets.relu() if i else offsets, dataset)
        return offsets


Heads = DatasetHeads | FrozenHeads


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


def _linears(head: nn.Module) -> list[nn.Linear]:
    return [layer for layer in head.modules() if isinstance(layer, nn.Linear)]


@torch.no_grad()
def _stack(layers: Sequence[nn.Linear]) -> StackedLinear:
    """One layer of all data sets, its outputs as many as the widest has."""
    most = max(layer.out_features for layer in layers)
    stacked = StackedLinear(len(layers), layers[0].in_features, most, zero=True)
    stacked.bias.fill_(ABSENT)
    for i, layer in enumerate(layers):
        stacked.weight[i, : layer.out_features] = layer.weight
        stacked.bias[i, : layer.out_features] = layer.bias
    return stacked
