"""The trunk: what is computed once per picture, whatever the data sets asked for."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .coarse_encoder import CoarseEncoder
from .mobilenet import CHANNELS, MobileNetV2
from .neck import ChannelMapper
from .preset import ModelConfig


class FusionBlock(nn.Module):
    """Two 3x3 convolutions with a shortcut (ResNet's basic block, without normalisation)."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(dim, dim, 3, padding=1)
        self.second = nn.Conv2d(dim, dim, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        assert self.second.bias is not None
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same."""
        out: Tensor = x + self.second(functional.relu(self.first(functional.relu(x))))
        return out


class Trunk(nn.Module):
    """Backbone, channel mapper, deformable encoder on the coarse levels, fusion into the finest.

    The encoder of the paper works on the strides 8 to 64 of an enlarged picture. On a window at
    native resolution the nuclei are too small for that, so the encoded levels are carried up into
    a level of stride 4, where most of the work for single nuclei is done.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        dim = config.dim
        self.backbone = MobileNetV2()
        self.neck = ChannelMapper(CHANNELS[2:], dim, extra_levels=0)
        self.encoder = CoarseEncoder(
            dim,
            config.heads,
            config.points,
            config.encoder_ffn,
            config.encoder_layers,
            self.shapes[1:],
        )
        self.lateral = nn.Conv2d(CHANNELS[1] + 4 * CHANNELS[0], dim, 1)
        self.climb = nn.Conv2d(dim, dim, 1)
        self.blocks = nn.Sequential(*(FusionBlock(dim) for _ in range(config.fusion_blocks)))

    @property
    def inner_window(self) -> int:
        """Side of the window as the backbone sees it."""
        return round(self.config.window * self.config.input_scale)

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Rows and columns of the finest level and of the strides 8, 16 and 32."""
        return [(self.inner_window // s,) * 2 for s in (4, 8, 16, 32)]

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the features of windows.

        Args:
            image: (B, 3, W, W) in -1..1.

        Returns:
            The finest level (B, C, W4, W4) and the encoded coarse tokens (B, N, C).
        """
        if self.config.input_scale != 1:
            image = functional.interpolate(
                image, size=(self.inner_window,) * 2, mode="bilinear", align_corners=False
            )
        maps = self.backbone(image)
        coarse = self.encoder(self.neck(maps[2:]))
        rows, columns = self.shapes[1]
        second = coarse[:, : rows * columns].transpose(1, 2).unflatten(2, (rows, columns))
        fine = torch.cat([maps[1], functional.pixel_unshuffle(maps[0], 2)], dim=1)
        climbed = functional.interpolate(
            self.climb(second), scale_factor=2.0, mode="bilinear", align_corners=False
        )
        return self.blocks(self.lateral(fine) + climbed), coarse
