"""A compiled kernel for deformable attention on a CPU, for training only.

``grid_sample`` writes every sampled value to memory, and most of a training step of ``base`` on a
CPU then goes into moving them; the kernel (``deformable_cpu.cpp``) gives the same numbers without.
It is built once per machine by the C++ compiler that is there; without one training is slower.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

_SOURCE = Path(__file__).with_suffix(".cpp")
# The sums over channels may be taken in any order, which lets the compiler use vector registers.
_FLAGS = ["-O3", "-march=native", "-fno-math-errno", "-fassociative-math", "-fno-signed-zeros"]
_FLAGS += ["-fno-trapping-math"]

_kernel: Any = None


def enable() -> str | None:
    """Build the kernel, and use it from now on wherever gradients are computed on a CPU.

    Returns:
        Why it cannot be used on this machine, or ``None`` when it is in use.
    """
    global _kernel
    missing = [tool for tool in ("g++", "ninja") if shutil.which(tool) is None]
    if missing:
        return f"{' and '.join(missing)} not found"
    if _kernel is None:
        try:
            # Needs setuptools, which only those who build have to have.
            from torch.utils.cpp_extension import load

            _kernel = load("unicell_deformable_cpu", [str(_SOURCE)], extra_cflags=_FLAGS)
        except (ImportError, OSError, RuntimeError) as error:
            return f"the kernel could not be built: {error}"
    return None


def disable() -> None:
    """Take ``grid_sample`` again."""
    global _kernel
    _kernel = None


def enabled_for(value: Tensor) -> bool:
    """Whether the kernel computes attention to this value; never in a graph that is exported."""
    if _kernel is None or torch.compiler.is_compiling():
        return False
    return value.device.type == "cpu" and torch.is_grad_enabled()


class _Attend(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, value: Tensor, shapes: Tensor, places: Tensor, weights: Tensor) -> Tensor:
        ctx.save_for_backward(value, shapes, places, weights)
        output: Tensor = _kernel.forward(value, shapes, places, weights)
        return output

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, Tensor, Tensor]:
        value, places, weights = _kernel.backward(grads[0].contiguous(), *ctx.saved_tensors)
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
