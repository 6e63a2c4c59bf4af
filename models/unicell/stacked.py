"""Layers with one set of weights per data set, picked by index.

The index may be a Python number (training) or a one-element tensor, which exports as a ``Gather``:
one graph then serves all data sets.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

Index = int | Tensor


def pick(stacked: Tensor, index: Index) -> Tensor:
    """The entry of ``stacked`` (D, ...) for a data set: (...)."""
    if isinstance(index, int):
        return stacked[index]
    return stacked.index_select(0, index)[0]


class StackedLinear(nn.Module):
    """A linear layer per data set.

    Args:
        count: data sets.
        inputs, outputs: features.
        zero: start at zero, for residual branches.
    """

    def __init__(self, count: int, inputs: int, outputs: int, zero: bool = False) -> None:
        super().__init__()
        bound = 0.0 if zero else 1 / math.sqrt(inputs)
        self.weight = nn.Parameter(torch.empty(count, outputs, inputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(count, outputs))

    def forward(self, x: Tensor, index: Index) -> Tensor:
        """(..., inputs) to (..., outputs) with the weights of one data set."""
        return nn.functional.linear(x, pick(self.weight, index), pick(self.bias, index))
