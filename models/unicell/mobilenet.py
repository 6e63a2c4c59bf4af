"""MobileNetV2 (Sandler et al. 2018), no classifier, batch norm folded into the convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from .convolution import DepthwiseConv, PaddedConv, PointwiseConv

# Expansion, channels, blocks, stride: Table 2 of the paper.
STAGES = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]

CHANNELS = [16, 24, 32, 96, 320]
"""Channels of the returned maps, of stride 2, 4, 8, 16 and 32."""


class InvertedResidual(nn.Module):
    """Expand, filter by depth, project; with a shortcut where shapes allow."""

    def __init__(
        self, inputs: int, outputs: int, stride: int, expansion: int, before: bool
    ) -> None:
        super().__init__()
        hidden = inputs * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers.append(nn.Sequential(PointwiseConv(inputs, hidden), nn.ReLU6()))
        layers.append(nn.Sequential(DepthwiseConv(hidden, 3, stride, before), nn.ReLU6()))
        layers.append(PointwiseConv(hidden, outputs))
        self.conv = nn.Sequential(*layers)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x)
        return x + out if self.shortcut else out


class MobileNetV2(nn.Module):
    """The feature extractor; parameters have torchvision's names, so its weights load by name."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Sequential(PaddedConv(3, 32, 3, 2), nn.ReLU6())]
        inputs, halvings = 32, 1
        self.taps: list[int] = []
        for expansion, outputs, blocks, stride in STAGES:
            if stride == 2:
                self.taps.append(len(layers) - 1)
            for block in range(blocks):
                step = stride if block == 0 else 1
                before = step == 2 and halvings % 2 == 1
                halvings += step == 2
                layers.append(InvertedResidual(inputs, outputs, step, expansion, before))
                inputs = outputs
        self.taps.append(len(layers) - 1)
        self.features = nn.Sequential(*layers)
        self.channels = CHANNELS

    def forward(self, x: Tensor) -> list[Tensor]:
        """Maps (B, 3, H, W) in -1..1 to five maps of stride 2, 4, 8, 16 and 32."""
        maps = []
        for i, layer in enumerate(self.features):
            x = layer(x)
            if i in self.taps:
                maps.append(x)
        return maps

    def pretrained(self) -> Iterator[nn.Parameter]:
        """The parameters that :meth:`load_imagenet` sets."""
        return self.parameters()

    def load_imagenet(self, path: Path) -> None:
        """Load torchvision-named weights with folded batch norm, or those of the backbone in the
        ``weights.pt`` of a model that stands on one; what else the file has is left out.

        Raises:
            ValueError: tensors are missing.
        """
        state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
        prefix = "trunk.backbone."
        if "weights" in state:
            state = {
                name.removeprefix(prefix): value
                for name, value in dict(state["weights"]).items()
                if name.startswith(prefix)
            }
        own = self.state_dict()
        missing = sorted(set(own) - set(state))
        if missing:
            raise ValueError(f"{path} lacks {len(missing)} tensors, for instance {missing[:3]}")
        self.load_state_dict({name: state[name] for name in own})
