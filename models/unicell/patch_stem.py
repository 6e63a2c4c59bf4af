"""MobileNetV2 whose first layers are one convolution of patches, for WebAssembly.

The first three layers of the network work at strides 1 and 2 with few channels, where a
WebAssembly runtime is slowest per multiplication. One convolution of overlapping patches (as in
Swin and ConvNeXt, whose patches do not overlap) goes to stride 4 at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from .convolution import DepthwiseConv, PointwiseConv
from .mobilenet import CHANNELS, MobileNetV2

PATCH_PX = 8
REPLACED_LAYERS = 3
"""Layers of the network whose work the patches take over."""


class PatchMobileNetV2(nn.Module):
    """The layers of MobileNetV2 from stride 4 on, behind a convolution of patches.

    Args:
        patch_channels: of the convolution; they also give the detail of stride 4.
    """

    def __init__(self, patch_channels: int = 64) -> None:
        super().__init__()
        network = MobileNetV2()
        self.channels = CHANNELS
        self.detail_channels = patch_channels
        self.patches = nn.Conv2d(3, patch_channels, PATCH_PX, 4, padding=(PATCH_PX - 4) // 2)
        self.mix = DepthwiseConv(patch_channels, 3)
        self.project = PointwiseConv(patch_channels, CHANNELS[1])
        self.features = nn.Sequential(*list(network.features)[REPLACED_LAYERS:])
        self.taps = [tap - REPLACED_LAYERS for tap in network.taps[1:]]

    def stem(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Maps (B, 3, H, W) in -1..1 to the patches, and to what the replaced layers give."""
        detail = functional.relu6(self.patches(x))
        return detail, self.project(functional.relu6(self.mix(detail)))

    def forward(self, x: Tensor) -> list[Tensor]:
        """Maps (B, 3, H, W) in -1..1 to five maps; the first two are both of stride 4."""
        detail, x = self.stem(x)
        maps = [detail]
        for i, layer in enumerate(self.features):
            x = layer(x)
            if i in self.taps:
                maps.append(x)
        return maps

    def pretrained(self) -> Iterator[nn.Parameter]:
        """The parameters that come from the network whose layers these are."""
        return self.features.parameters()

    def take(self, network: MobileNetV2) -> None:
        """Take the layers behind the patches from a network; the patches keep what they are."""
        layers = nn.Sequential(*list(network.features)[REPLACED_LAYERS:])
        self.features.load_state_dict(layers.state_dict())

    def load_imagenet(self, path: Path) -> None:
        """Load MobileNetV2's weights behind patches that stay as they are, or the fitted whole
        that ``python -m unicell.fit_patches`` wrote."""
        state = torch.load(path, weights_only=True)
        if "patches.weight" in state:
            self.load_state_dict(state)
            return
        network = MobileNetV2()
        network.load_named(state, str(path))
        self.take(network)
