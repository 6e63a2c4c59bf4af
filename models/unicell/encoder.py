"""The deformable encoder (UniCell spec sections 5 and 6)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .deformable import MultiScaleDeformableAttention, SpatialShapes
from .positional import encode_grid, encode_map
from .pyramid import Pyramid, flatten_levels


class DeformableEncoderLayer(nn.Module):
    """Deformable self-attention and a two-layer network, each residual and normalised after."""

    def __init__(self, dims: int, heads: int, levels: int, points: int, ffn: int) -> None:
        super().__init__()
        self.self_attention = MultiScaleDeformableAttention(dims, heads, levels, points)
        self.ffn = nn.Sequential(nn.Linear(dims, ffn), nn.ReLU(), nn.Linear(ffn, dims))
        self.norms = nn.ModuleList(nn.LayerNorm(dims) for _ in range(2))
        for module in self.ffn:
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)

    def forward(
        self,
        tokens: Tensor,
        positions: Tensor,
        reference_points: Tensor,
        spatial_shapes: SpatialShapes,
        padding: Tensor | None = None,
    ) -> Tensor:
        """(B, N, C) to (B, N, C); see :class:`MultiScaleDeformableAttention` for the arguments."""
        attended = self.self_attention(
            tokens + positions, reference_points, tokens, spatial_shapes, padding
        )
        tokens = self.norms[0](tokens + attended)
        out: Tensor = self.norms[1](tokens + self.ffn(tokens))
        return out


class DeformableEncoder(nn.Module):
    """Lets every token look at all levels.

    Args:
        dims, heads, points, ffn, layers: Sizes.
        levels: Levels of the pyramid.
    """

    def __init__(
        self, dims: int, heads: int, levels: int, points: int, ffn: int, layers: int
    ) -> None:
        super().__init__()
        self.level_embed = nn.Parameter(torch.randn(levels, dims))
        self.layers = nn.ModuleList(
            DeformableEncoderLayer(dims, heads, levels, points, ffn) for _ in range(layers)
        )

    def forward(self, levels: Sequence[Tensor], padding: Tensor | None = None) -> Pyramid:
        """Encodes the neck's maps.

        Args:
            levels: (B, C, H_i, W_i), finest first.
            padding: (B, H, W) of the pictures, true where padded.

        Returns:
            The pyramid of the encoded tokens, the *memory*.
        """
        pyramid = flatten_levels(levels, padding)
        positions = self._positions(pyramid)
        # Normalised over the unpadded part, then scaled to each level with its padding.
        references = pyramid.cell_centres()[:, :, None] * pyramid.valid_ratios[:, None]
        tokens = pyramid.tokens
        for layer in self.layers:
            tokens = layer(tokens, positions, references, pyramid.shapes, pyramid.padding)
        return dataclasses.replace(pyramid, tokens=tokens)

    def _positions(self, pyramid: Pyramid) -> Tensor:
        """Sine encoding plus the embedding of the level: (B or 1, N, C)."""
        dims = self.level_embed.shape[1]
        device = self.level_embed.device
        if pyramid.level_paddings is None:
            maps = [encode_grid(h, w, dims).to(device) for h, w in pyramid.shapes]
        else:
            maps = [encode_map(padding, dims) for padding in pyramid.level_paddings]
        return torch.cat([m.flatten(1, 2) + self.level_embed[i] for i, m in enumerate(maps)], 1)
