"""The trunk: what is computed once per picture, whatever the data sets asked for."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .backbone import build_backbone
from .coarse_encoder import CoarseEncoder
from .convolution import PointwiseConv
from .neck import ChannelMapper
from .preset import ModelConfig

COARSE_STRIDES = (8, 16, 32)
"""Pixels of the window per token of the coarse levels, finest first."""


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
    """Backbone, channel mapper, deformable encoder on the coarsest levels, one way back up.

    The encoder of the paper works on the strides 8 to 64 of an enlarged picture. Here it works on
    the last ``encoder_levels`` of the strides 8, 16 and 32; what it found is carried up to stride
    8, where convolutions mix it with that level and with the detail of the finer ones: a nucleus
    is about as large as two of its tokens, and what is inside it names it. Stride 4 itself gives
    places: one linear map of the backbone's strides 2 and 4, which the data set part joins with
    the prompted stride 8.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        dim = config.dim
        self.backbone = build_backbone(config.backbone)
        # An enlarged window moves every map of the backbone one stride down.
        self.shift = {1: 0, 2: 1}[config.input_scale]
        channels = self.backbone.channels
        self.neck = ChannelMapper(channels[2 + self.shift :], dim, extra_levels=self.shift)
        self.encoder = CoarseEncoder(
            dim,
            config.heads,
            config.points,
            config.encoder_ffn,
            config.encoder_layers,
            config.encoder_levels,
        )
        self.climbs = nn.ModuleList(
            PointwiseConv(dim, dim) for _ in range(len(COARSE_STRIDES) - config.encoder_levels)
        )
        self.blocks = nn.Sequential(*(FusionBlock(dim) for _ in range(config.fusion_blocks)))
        finest = channels[1 + self.shift] + 4 * channels[self.shift]
        self.lateral = PointwiseConv(finest, config.fine_dim)
        self.descend = nn.Conv2d(finest, dim, 2, stride=2)
        # Begins as nothing, so that weights from before can go on.
        nn.init.zeros_(self.descend.weight)
        assert self.descend.bias is not None
        nn.init.zeros_(self.descend.bias)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the features of windows.

        Args:
            image: (B, 3, W, W) in -1..1; W is a multiple of 32.

        Returns:
            The finest level (B, F, W / 4, W / 4) and the encoded coarse tokens (B, N, C).
        """
        if self.shift:
            image = functional.interpolate(
                image, scale_factor=2.0, mode="bilinear", align_corners=False
            )
        maps = self.backbone(image)
        levels = self.neck(maps[2 + self.shift :])
        first = len(levels) - self.config.encoder_levels
        levels[first:] = self.encoder(levels[first:])
        for i in reversed(range(first)):
            levels[i] = levels[i] + functional.interpolate(
                self.climbs[i](levels[i + 1]), scale_factor=2.0, mode="bilinear"
            )
        detail = functional.pixel_unshuffle(maps[self.shift], 2)
        finest = torch.cat([maps[1 + self.shift], detail], 1)
        levels[0] = self.blocks(levels[0] + self.descend(finest))
        coarse = torch.cat([level.flatten(2).transpose(1, 2) for level in levels], 1)
        return self.lateral(finest), coarse
