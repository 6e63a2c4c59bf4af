"""A compiled kernel for deformable attention on a CPU, for training only.

``grid_sample`` writes every sampled value to memory, and most of a training step of ``base`` on a
CPU then goes into moving them; the kernel (``deformable_cpu.cpp``) gives the same numbers without.
It is built once per machine by the C++ compiler that is there; without one training is slower.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .cpu_kernel import CpuKernel

kernel = CpuKernel("unicell_deformable_cpu", Path(__file__).with_suffix(".cpp"))


def enabled_for(value: Tensor) -> bool:
    """Whether the kernel computes attention to this value; never in a graph that is exported."""
    if not kernel.built or torch.compiler.is_compiling():
        return False
    return value.device.type == "cpu" and torch.is_grad_enabled()


class _Attend(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, value: Tensor, shapes: Tensor, places: Tensor, weights: Tensor) -> Tensor:
        ctx.save_for_backward(value, shapes, places, weights)
        output: Tensor = kernel.module.forward(value, shapes, places, weights)
        return output

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, Tensor, Tensor]:
        value, places, weights = kernel.module.backward(grads[0].contiguous(), *ctx.saved_tensors)
        return value, None, places, weights


def attend(value: Tensor, shapes: Tensor, locations: Tensor, weights: Tensor) -> Tensor:
    """Sample, weigh and sum.

    Args:
        value: (B, N, heads, C), the levels flattened row by row.
        shapes: (L, 2) int64, (height, width) per level.
        locations: (B, Q, heads, L, P, 2), x and y in cells of their level, 0 at its border.
        weights: (B, Q, heads, L, P).

    Returns:
        (B, Q, heads, C) float32.
    """
    given = (value, locations, weights)
    value, locations, weights = (tensor.float().contiguous() for tensor in given)
    output: Tensor = _Attend.apply(value, shapes, locations, weights)  # type: ignore[no-untyped-call]
    return output
