from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor

from unicell.deformable import MultiScaleDeformableAttention

SHAPES = [(5, 7), (3, 4)]
TOKENS = 5 * 7 + 3 * 4


def module(points: int = 3) -> MultiScaleDeformableAttention:
    torch.manual_seed(0)
    attention = MultiScaleDeformableAttention(16, 4, 2, points)
    for layer in (attention.sampling_offsets, attention.attention_weights):
        torch.nn.init.normal_(layer.weight, std=0.5)
    return attention


def bilinear(level: Tensor, x: float, y: float) -> Tensor:
    """Reads (H, W, C) at (x, y) in cells; 0 outside."""
    height, width, _ = level.shape
    total = torch.zeros(level.shape[-1])
    left, top = math.floor(x - 0.5), math.floor(y - 0.5)
    for i, j in itertools.product((top, top + 1), (left, left + 1)):
        if 0 <= i < height and 0 <= j < width:
            total += level[i, j] * (1 - abs(x - 0.5 - j)) * (1 - abs(y - 0.5 - i))
    return total


def naive(
    attention: MultiScaleDeformableAttention, query: Tensor, places: Tensor, value: Tensor
) -> Tensor:
    """The definition, one query, head, level and point at a time."""
    heads, points = attention.heads, attention.points
    value = attention.value_proj(value)
    offsets = attention.sampling_offsets(query).reshape(*query.shape[:2], heads, 2, points, 2)
    weights = attention.attention_weights(query).reshape(*query.shape[:2], heads, -1)
    weights = weights.softmax(-1).reshape(*query.shape[:2], heads, 2, points)
    out = torch.zeros(*query.shape[:2], heads, 16 // heads)
    for b, q, h, lvl, p in itertools.product(
        range(query.shape[0]), range(query.shape[1]), range(heads), range(2), range(points)
    ):
        height, width = SHAPES[lvl]
        start = 0 if lvl == 0 else 35
        level = value[b, start : start + height * width].reshape(height, width, heads, -1)
        x = float(places[b, q, lvl, 0] * width + offsets[b, q, h, lvl, p, 0])
        y = float(places[b, q, lvl, 1] * height + offsets[b, q, h, lvl, p, 1])
        out[b, q, h] += weights[b, q, h, lvl, p] * bilinear(level[:, :, h], x, y)
    projected: Tensor = attention.output_proj(out.flatten(2))
    return projected


@torch.no_grad()
def test_equals_its_definition() -> None:
    attention = module()
    query, value = torch.randn(2, 6, 16), torch.randn(2, TOKENS, 16)
    places = torch.rand(2, 6, 2, 2)
    out = attention(query, places, value, SHAPES)
    torch.testing.assert_close(out, naive(attention, query, places, value), atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_padding_counts_as_zero() -> None:
    attention = module()
    query, value = torch.randn(1, 4, 16), torch.randn(1, TOKENS, 16)
    places = torch.rand(1, 4, 2, 2)
    mask = torch.rand(1, TOKENS) < 0.5
    out = attention(query, places, value, SHAPES, mask)
    value[mask] += 1.0
    torch.testing.assert_close(attention(query, places, value, SHAPES, mask), out)


@torch.no_grad()
def test_starts_as_a_star() -> None:
    attention = MultiScaleDeformableAttention(16, 4, 2, 3)
    offsets = attention.sampling_offsets(torch.randn(1, 16)).reshape(4, 2, 3, 2)
    right = torch.tensor([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])
    torch.testing.assert_close(offsets[0, 0], right, atol=1e-6, rtol=0)
    torch.testing.assert_close(offsets[2, 1], -right, atol=1e-6, rtol=0)


def test_number_of_levels_is_checked() -> None:
    with pytest.raises(ValueError, match="got 1 levels, expected 2"):
        module()(torch.zeros(1, 1, 16), torch.zeros(1, 1, 2, 2), torch.zeros(1, 4, 16), [(2, 2)])
