"""The two convolutions that mobile networks are made of, fast to train on a CPU.

A step of a mobile network on one thread goes mostly into copies and generic loops: PyTorch unfolds
1x1 convolutions of few pictures and has no fast gradient of depthwise ones. Maps that lie
channels last need neither: a 1x1 convolution is one matrix product, and a depthwise one is a loop
over rows of channels (``depthwise_cpu.cpp``, built once per machine).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .cpu_kernel import CpuKernel

depthwise_cpu = CpuKernel("unicell_depthwise_cpu", Path(__file__).with_name("depthwise_cpu.cpp"))


def _trains_on_cpu(x: Tensor) -> bool:
    """Whether to take the way for training; a graph that is exported never does."""
    return x.device.type == "cpu" and not torch.compiler.is_compiling() and depthwise_cpu.built


class PointwiseConv(nn.Conv2d):
    """1x1 convolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C', H, W)."""
        plain = x.dtype == torch.float32 and not torch.is_autocast_enabled("cpu")
        if not plain or not _trains_on_cpu(x):
            return super().forward(x)
        rows = x.permute(0, 2, 3, 1)
        return functional.linear(rows, self.weight.flatten(1), self.bias).permute(0, 3, 1, 2)


class DepthwiseConv(nn.Conv2d):
    """Depthwise convolution padded as TensorFlow does, its odd pixel at stride 2 on a chosen side.

    ImageNet weights were trained with the extra pixel on the right and bottom. Several such
    convolutions in a row move the map by some pixels; taking turns between the sides keeps it in
    place.

    Args:
        channels, kernel, stride: of the convolution.
        before: whether the odd pixel lies on the left and top.
    """

    def __init__(self, channels: int, kernel: int, stride: int = 1, before: bool = False) -> None:
        super().__init__(channels, channels, kernel, stride, 0, groups=channels)
        self.pads = same_padding(kernel, stride, before)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C, H / stride, W / stride)."""
        # In half precision only the gradient at stride 2 is slower there than two casts.
        pays = x.dtype == torch.float32 or (x.dtype == torch.bfloat16 and self.stride[0] == 2)
        known = self.in_channels % 8 == 0 and self.kernel_size[0] in (3, 5)
        if pays and known and _trains_on_cpu(x):
            rows = x.permute(0, 2, 3, 1).float().contiguous()
            sizes = (self.kernel_size[0], self.stride[0], *self.pads[:2])
            out: Tensor = _Depthwise.apply(rows, self.weight, self.bias, sizes)  # type: ignore[no-untyped-call]
            return out.permute(0, 3, 1, 2).to(x.dtype)
        return super().forward(functional.pad(x, self.pads))


class PaddedConv(nn.Conv2d):
    """Convolution of all channels, padded as :class:`DepthwiseConv`."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int, before: bool = False
    ) -> None:
        super().__init__(inputs, outputs, kernel, stride, 0)
        self.pads = same_padding(kernel, stride, before)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C', H / stride, W / stride)."""
        return super().forward(functional.pad(x, self.pads))


def same_padding(kernel: int, stride: int, before: bool) -> tuple[int, int, int, int]:
    """Padding (left, right, top, bottom) after which a map of even sides shrinks by ``stride``."""
    small, large = (kernel - stride) // 2, (kernel - stride + 1) // 2
    return (large, small, large, small) if before else (small, large, small, large)


class _Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, sizes: Any) -> Tensor:
        taps = weight.flatten(1).t().contiguous()
        ctx.save_for_backward(x, taps)
        ctx.sizes = sizes
        output: Tensor = depthwise_cpu.module.forward(x, taps, bias, *sizes)
        return output

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        x, taps = ctx.saved_tensors
        dx, dw, db = depthwise_cpu.module.backward(grads[0].contiguous(), x, taps, *ctx.sizes)
        side = ctx.sizes[0]
        return dx, dw.t().reshape(-1, 1, side, side), db, None
