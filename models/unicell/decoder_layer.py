"""A decoder layer of the dense-guided UniCell."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from .attention import MultiHeadAttention
from .deformable import MultiScaleDeformableAttention, SpatialShapes


class GuidedDecoderLayer(nn.Module):
    """Self-attention among queries, deformable attention to the picture, a feed-forward network.

    As in the paper's decoder (DINO), post-norm, with an additive bias in the self-attention that
    hides queries which stand for nothing.
    """

    def __init__(self, dim: int, heads: int, levels: int, points: int, ffn: int) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(dim, heads)
        self.cross = MultiScaleDeformableAttention(dim, heads, levels, points)
        self.up = nn.Linear(dim, ffn)
        self.down = nn.Linear(ffn, dim)
        self.norms = nn.ModuleList(nn.LayerNorm(dim) for _ in range(3))

    def forward(
        self,
        content: Tensor,
        position: Tensor,
        reference: Tensor,
        memory: Tensor,
        shapes: SpatialShapes,
        bias: Tensor,
    ) -> Tensor:
        """Refine queries.

        Args:
            content, position: (B, Q, C).
            reference: (B, Q, 2) in 0..1.
            memory: (B, N, C), the levels of ``shapes`` one after the other.
            shapes: rows and columns of each level.
            bias: broadcastable to (B, heads, Q, Q), added to the attention logits.
        """
        placed = content + position
        keys = self.attention.forward(placed, placed, content, bias)
        content = self.norms[0](content + keys)
        references = reference[:, :, None].expand(-1, -1, len(shapes), -1)
        seen = self.cross(content + position, references, memory, shapes)
        content = self.norms[1](content + seen)
        hidden = self.down(functional.relu(self.up(content)))
        out: Tensor = self.norms[2](content + hidden)
        return out
