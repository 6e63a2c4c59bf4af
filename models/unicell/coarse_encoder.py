"""The deformable encoder on the coarse levels of a trunk of fixed window."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .encoder import DeformableEncoderLayer
from .positional import encode_grid


class CoarseEncoder(nn.Module):
    """Encoder layers over levels whose shapes are known when the model is built.

    Positions and reference points are then constants of the graph.
    """

    def __init__(
        self,
        dim: int,
        heads: int,
        points: int,
        ffn: int,
        layers: int,
        shapes: Sequence[tuple[int, int]],
    ) -> None:
        super().__init__()
        self.shapes = list(shapes)
        self.level_embed = nn.Parameter(torch.randn(len(self.shapes), dim) * 0.1)
        self.layers = nn.ModuleList(
            DeformableEncoderLayer(dim, heads, len(self.shapes), points, ffn) for _ in range(layers)
        )
        grids = [encode_grid(h, w, dim).flatten(1, 2)[0] for h, w in self.shapes]
        self.register_buffer("sine", torch.cat(grids), persistent=False)
        self.register_buffer("reference", self._reference(), persistent=False)
        owners = [i for i, (h, w) in enumerate(self.shapes) for _ in range(h * w)]
        self.register_buffer("owner", torch.tensor(owners), persistent=False)
        self.sine: Tensor
        self.reference: Tensor
        self.owner: Tensor

    def _reference(self) -> Tensor:
        """(1, N, L, 2): the centre of every token, the same on every level."""
        centres = []
        for rows, columns in self.shapes:
            y, x = torch.meshgrid(
                (torch.arange(rows) + 0.5) / rows,
                (torch.arange(columns) + 0.5) / columns,
                indexing="ij",
            )
            centres.append(torch.stack([x, y], -1).flatten(0, 1))
        return torch.cat(centres)[None, :, None].repeat(1, 1, len(self.shapes), 1)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Encode maps (B, C, H, W) per level to tokens (B, N, C), finest level first."""
        tokens = torch.cat([m.flatten(2).transpose(1, 2) for m in maps], dim=1)
        position = (self.sine + self.level_embed[self.owner])[None]
        for layer in self.layers:
            tokens = layer(tokens, position, self.reference, self.shapes)
        return tokens
