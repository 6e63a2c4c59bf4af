"""Multi-scale deformable attention (Deformable DETR, Zhu et al. 2021; UniCell spec section 6).

It is written with ``grid_sample`` alone, so that it trains anywhere and exports to the ONNX
operator ``GridSample`` (opset 16 or newer) with a dynamic batch. Training on a CPU may take a
kernel instead (:mod:`unicell.deformable_cpu`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from . import deformable_cpu

SpatialShapes = Sequence[tuple[int, int]]
"""(height, width) of every level, finest first."""


class MultiScaleDeformableAttention(nn.Module):
    """Every query looks at a few learnt places of every level.

    Args:
        embed_dims: Channels of queries, values and output; a multiple of ``heads``.
        heads: Attention heads.
        levels: Feature levels.
        points: Sampled places per head and level.
    """

    def __init__(self, embed_dims: int, heads: int, levels: int, points: int) -> None:
        super().__init__()
        if embed_dims % heads:
            raise ValueError(f"embed_dims {embed_dims} must be a multiple of heads {heads}")
        self.embed_dims = embed_dims
        self.heads = heads
        self.levels = levels
        self.points = points
        self.sampling_offsets = nn.Linear(embed_dims, heads * levels * points * 2)
        self.attention_weights = nn.Linear(embed_dims, heads * levels * points)
        self.value_proj = nn.Linear(embed_dims, embed_dims)
        self.output_proj = nn.Linear(embed_dims, embed_dims)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Offsets begin as a star: head h looks in direction h, point p at p + 1 cells."""
        nn.init.zeros_(self.sampling_offsets.weight)
        angles = torch.arange(self.heads, dtype=torch.float32) * (2.0 * math.pi / self.heads)
        star = torch.stack([angles.cos(), angles.sin()], -1)
        star = star / star.abs().amax(-1, keepdim=True)
        steps = torch.arange(1, self.points + 1, dtype=torch.float32)
        grid = star[:, None, None, :] * steps[None, None, :, None]
        with torch.no_grad():
            self.sampling_offsets.bias.copy_(grid.expand(-1, self.levels, -1, -1).reshape(-1))
        nn.init.zeros_(self.attention_weights.weight)
        nn.init.zeros_(self.attention_weights.bias)
        for projection in (self.value_proj, self.output_proj):
            nn.init.xavier_uniform_(projection.weight)
            nn.init.zeros_(projection.bias)

    def forward(
        self,
        query: Tensor,
        reference_points: Tensor,
        value: Tensor,
        spatial_shapes: SpatialShapes,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Attends.

        Args:
            query: (B, Q, C), position encoding already added.
            reference_points: (B, Q, L, 2) as (x, y) in [0, 1] of each level, padding included;
                the batch or query axis may be 1.
            value: (B, N, C), the levels flattened row by row, in the order of ``spatial_shapes``.
            spatial_shapes: (height, width) per level; the areas sum to N.
            mask: (B, N), true where the value is padding: it is set to zero after its projection.

        Returns:
            (B, Q, C).
        """
        if len(spatial_shapes) != self.levels:
            raise ValueError(f"got {len(spatial_shapes)} levels, expected {self.levels}")
        batch, queries, _ = query.shape
        value = self.value_proj(value)
        if mask is not None:
            value = value.masked_fill(mask[..., None], 0.0)
        shape = (batch, queries, self.heads, self.levels, self.points)
        offsets: Tensor = self.sampling_offsets(query).reshape(*shape, 2)
        weights: Tensor = self.attention_weights(query).reshape(batch, queries, self.heads, -1)
        weights = weights.softmax(-1).reshape(*shape)
        if deformable_cpu.enabled_for(value):
            sides = torch.tensor([[w, h] for h, w in spatial_shapes])
            places = reference_points[:, :, None, :, None] * sides[:, None] + offsets
            split = value.reshape(batch, -1, self.heads, self.embed_dims // self.heads)
            gathered = deformable_cpu.attend(split, sides.flip(-1), places, weights)
            return self._project(gathered.flatten(2))

        # The queries stay innermost from here on, (B, heads, L, P, Q): a CPU then multiplies and
        # adds long rows instead of four numbers at a time.
        weights = weights.permute(0, 2, 3, 4, 1).contiguous()
        attended = None
        maps = torch.split(value, [height * width for height, width in spatial_shapes], dim=1)
        for level, (height, width) in enumerate(spatial_shapes):
            cells = torch.cat([offsets.new_full((1,), side) for side in (width, height)])
            located = reference_points[:, :, None, level, None] + offsets[:, :, :, level] / cells
            sampled = self._sample(maps[level], located, height, width)
            weighted = (sampled * weights[:, :, None, level]).sum(-2)
            attended = weighted if attended is None else attended + weighted
        assert attended is not None
        # (B, heads, C / heads, Q) -> (B, Q, C), channel = head * (C / heads) + c.
        return self._project(attended.flatten(1, 2).transpose(1, 2))

    def _project(self, attended: Tensor) -> Tensor:
        output: Tensor = self.output_proj(attended)
        return output

    def _sample(self, level_map: Tensor, located: Tensor, height: int, width: int) -> Tensor:
        """Reads (B, H*W, C) at (B, Q, heads, P, 2): gives (B, heads, C / heads, P, Q)."""
        batch, queries = located.shape[0], located.shape[1]
        dims = self.embed_dims // self.heads
        planes = level_map.transpose(1, 2).reshape(batch * self.heads, dims, height, width)
        grid = (2.0 * located - 1.0).permute(0, 2, 3, 1, 4)
        grid = grid.reshape(batch * self.heads, self.points, queries, 2)
        # Half precision would round places to a quarter of a cell.
        sampled = F.grid_sample(
            planes.to(grid.dtype), grid, mode="bilinear", padding_mode="zeros", align_corners=False
        )
        return sampled.reshape(batch, self.heads, dims, self.points, queries)
