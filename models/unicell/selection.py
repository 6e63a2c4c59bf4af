"""Two-stage query selection: the decoder starts at the encoder's best tokens (spec section 8)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .heads import Heads
from .pyramid import Pyramid
from .stacked import Index

BORDER = 0.01
"""Tokens whose centre is not farther than this from a border are never proposals of their own."""


@dataclass(frozen=True)
class Proposals:
    """What the first stage says.

    Attributes:
        class_logits: (B, N, classes).
        point_logits: (B, N, 2), before the sigmoid; infinite at tokens that are no proposals.
    """

    class_logits: Tensor
    point_logits: Tensor

    def best(self, queries: int) -> Tensor:
        """Indices of the tokens with the highest logit of any class, best first: (B, Q).

        Q is the number of tokens if that is smaller than ``queries``.
        """
        scores = self.class_logits.amax(-1)
        return scores.topk(min(queries, scores.shape[1]), dim=1).indices

    def take(self, indices: Tensor) -> Proposals:
        """The proposals at (B, Q) tokens."""
        return Proposals(_take(self.class_logits, indices), _take(self.point_logits, indices))


class QuerySelection(nn.Module):
    """The first stage: class logits and a point for every token.

    Args:
        dims: Channels of a token.
    """

    def __init__(self, dims: int) -> None:
        super().__init__()
        self.transform = nn.Linear(dims, dims)
        self.norm = nn.LayerNorm(dims)
        nn.init.xavier_uniform_(self.transform.weight)

    def forward(self, memory: Pyramid, heads: Heads, dataset: Index) -> Proposals:
        """Proposals of the encoded tokens for a data set; its heads' last stage is used."""
        stage = heads.stages - 1
        centres = memory.cell_centres()
        valid = ((centres > BORDER) & (centres < 1.0 - BORDER)).all(-1, keepdim=True)
        if memory.padding is not None:
            valid = valid & ~memory.padding[..., None]
        logits = (centres / (1.0 - centres)).log().masked_fill(~valid, float("inf"))
        tokens = self.norm(self.transform(memory.tokens.masked_fill(~valid, 0.0)))
        points = heads.point_offsets(dataset, stage, tokens) + logits
        return Proposals(heads.class_logits(dataset, stage, tokens), points)


def _take(values: Tensor, indices: Tensor) -> Tensor:
    return torch.gather(values, 1, indices[..., None].expand(-1, -1, values.shape[-1]))
