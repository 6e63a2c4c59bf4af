"""The decoder: refines points layer by layer (DINO, Zhang et al. 2023; UniCell spec section 9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .attention import MultiHeadAttention
from .deformable import MultiScaleDeformableAttention, SpatialShapes
from .positional import encode_points
from .pyramid import Pyramid

PointHead = Callable[[int, Tensor], Tensor]
"""Layer and states (B, Q, C) to offsets (B, Q, 2) of the reference points' logits."""

REFERENCE_EPS = 1e-3
"""Reference points are kept this far from the border when their logit is taken."""


def inverse_sigmoid(x: Tensor, eps: float) -> Tensor:
    """``log(x / (1 - x))`` with both sides of the fraction at least ``eps``."""
    return (x.clamp(min=eps) / (1.0 - x).clamp(min=eps)).log()


@dataclass(frozen=True)
class DecoderStates:
    """What the decoder gives.

    Attributes:
        hidden: Per layer (B, Q, C), normalised.
        references: Per layer plus one (B, Q, 2): where the layer started, not detached, so that the
            next layer's loss also reaches the offset before it ("look forward twice").
    """

    hidden: list[Tensor]
    references: list[Tensor]


class DecoderLayer(nn.Module):
    """Self-attention, deformable attention to the memory, network; normalised after each."""

    def __init__(self, dims: int, heads: int, levels: int, points: int, ffn: int) -> None:
        super().__init__()
        self.self_attention = MultiHeadAttention(dims, heads)
        self.cross_attention = MultiScaleDeformableAttention(dims, heads, levels, points)
        self.ffn = nn.Sequential(nn.Linear(dims, ffn), nn.ReLU(), nn.Linear(ffn, dims))
        self.norms = nn.ModuleList(nn.LayerNorm(dims) for _ in range(3))
        for module in (self.self_attention.out_proj, self.ffn[0], self.ffn[2]):
            assert isinstance(module, nn.Linear)
            nn.init.xavier_uniform_(module.weight)

    def forward(
        self,
        queries: Tensor,
        positions: Tensor,
        reference_points: Tensor,
        memory: Tensor,
        spatial_shapes: SpatialShapes,
        padding: Tensor | None = None,
        query_mask: Tensor | None = None,
    ) -> Tensor:
        """Refines queries (B, Q, C).

        Args:
            queries, positions: (B, Q, C).
            reference_points: (B, Q, L, 2).
            memory: (B, N, C), of the levels in ``spatial_shapes``.
            padding: (B, N), true where the memory is padding.
            query_mask: Added to the logits of self-attention, broadcast to (B, heads, Q, Q).
        """
        placed = queries + positions
        attended = self.self_attention(placed, placed, queries, query_mask)
        queries = self.norms[0](queries + attended)
        attended = self.cross_attention(
            queries + positions, reference_points, memory, spatial_shapes, padding
        )
        queries = self.norms[1](queries + attended)
        out: Tensor = self.norms[2](queries + self.ffn(queries))
        return out


class Decoder(nn.Module):
    """A stack of decoder layers over 2-D reference points.

    Args:
        dims, heads, points, ffn, layers: Sizes.
        levels: Levels of the memory.
    """

    def __init__(
        self, dims: int, heads: int, levels: int, points: int, ffn: int, layers: int
    ) -> None:
        super().__init__()
        self.dims = dims
        self.layers = nn.ModuleList(
            DecoderLayer(dims, heads, levels, points, ffn) for _ in range(layers)
        )
        self.position_mlp = nn.Sequential(nn.Linear(dims, dims), nn.ReLU(), nn.Linear(dims, dims))
        self.norm = nn.LayerNorm(dims)
        for module in self.position_mlp:
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)

    def forward(
        self,
        queries: Tensor,
        reference: Tensor,
        memory: Pyramid,
        point_head: PointHead,
        blocked: Tensor | None = None,
    ) -> DecoderStates:
        """Refines queries.

        Args:
            queries: Content (B, Q, C).
            reference: Where they start, (B, Q, 2) as (x, y) in [0, 1] of the unpadded picture.
            memory: Encoded tokens.
            point_head: Offsets after each layer.
            blocked: (Q, Q), true where a query (row) must not see another (column).
        """
        query_mask = None
        if blocked is not None:
            query_mask = torch.zeros(blocked.shape, device=blocked.device)
            query_mask = query_mask.masked_fill(blocked, float("-inf"))
        ratios = memory.valid_ratios[:, None]
        states = DecoderStates([], [reference])
        for i, layer in enumerate(self.layers):
            places = reference[:, :, None] * ratios
            positions = self.position_mlp(encode_points(places[:, :, 0], self.dims))
            queries = layer(
                queries, positions, places, memory.tokens, memory.shapes, memory.padding, query_mask
            )
            moved = point_head(i, queries) + inverse_sigmoid(reference, REFERENCE_EPS)
            states.hidden.append(self.norm(queries))
            states.references.append(moved.sigmoid())
            reference = states.references[-1].detach()
        return states
