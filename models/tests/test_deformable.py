from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor

from unicell import deformable_cpu
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


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiled kernel, for one test."""
    monkeypatch.setattr(deformable_cpu.kernel, "module", None)
    if missing := deformable_cpu.kernel.enable():
        pytest.skip(missing)


@pytest.mark.usefixtures("kernel")
def test_the_kernel_gives_the_same_values_and_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    attention = module()
    # Far outside and on a border too.
    places = torch.rand(2, 6, 2, 2) * 1.6 - 0.3
    places[0, 0] = 1e12
    places[0, 1, :, 0] = 0.0
    leaves = [torch.randn(2, 6, 16), places, torch.randn(2, TOKENS, 16)]
    mask = torch.rand(2, TOKENS) < 0.2

    def run() -> list[Tensor]:
        query, reference, value = (leaf.clone().requires_grad_() for leaf in leaves)
        attention.zero_grad()
        out = attention(query, reference, value, SHAPES, mask)
        out.sin().sum().backward()
        tensors = [query, reference, value, *attention.parameters()]
        gradients = [tensor.grad for tensor in tensors if tensor.grad is not None]
        assert len(gradients) == len(tensors)
        return [out.detach(), *(gradient.clone() for gradient in gradients)]

    assert deformable_cpu.enabled_for(leaves[0])
    got = run()
    monkeypatch.setattr(deformable_cpu.kernel, "module", None)
    torch.testing.assert_close(got, run(), atol=1e-4, rtol=1e-4)


@pytest.mark.usefixtures("kernel")
def test_the_kernel_takes_what_is_no_number() -> None:
    places = torch.full((1, 1, 1, 1, 1, 2), torch.nan)
    out = deformable_cpu.attend(
        torch.ones(1, 6, 1, 8), torch.tensor([[2, 3]]), places, torch.ones(1, 1, 1, 1, 1)
    )
    assert torch.equal(out, torch.zeros(1, 1, 1, 8))


def test_without_a_compiler_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert deformable_cpu.kernel.enable() == "g++ and ninja not found"
