"""The deformable encoder on the coarse levels of a trunk."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .encoder import DeformableEncoderLayer
from .positional import encode_grid


class CoarseEncoder(nn.Module):
    """Encoder layers over square maps, each half the size of the one before.

    Positions and reference points depend on the sides of the maps alone. They are computed once
    per side, so that they are constants of an exported graph.
    """

    def __init__(
        self, dim: int, heads: int, points: int, ffn: int, layers: int, levels: int
    ) -> None:
        super().__init__()
        self.level_embed = nn.Parameter(torch.randn(levels, dim) * 0.1)
        self.layers = nn.ModuleList(
            DeformableEncoderLayer(dim, heads, levels, points, ffn) for _ in range(layers)
        )
        self._known: dict[tuple[int, ...], tuple[Tensor, Tensor, Tensor]] = {}

    def _places(self, sides: Sequence[int], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        """Sine encoding (N, C), level (N,) and centre (1, N, L, 2) of every token."""
        key = (*sides, device.index or 0)
        if key not in self._known:
            dim = self.level_embed.shape[1]
            sine = torch.cat([encode_grid(s, s, dim).flatten(1, 2)[0] for s in sides])
            owner = torch.cat([torch.full((s * s,), i) for i, s in enumerate(sides)])
            centres = []
            for side in sides:
                line = (torch.arange(side) + 0.5) / side
                y, x = torch.meshgrid(line, line, indexing="ij")
                centres.append(torch.stack([x, y], -1).flatten(0, 1))
            reference = torch.cat(centres)[None, :, None].repeat(1, 1, len(sides), 1)
            self._known[key] = (sine.to(device), owner.to(device), reference.to(device))
        return self._known[key]

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Encode maps (B, C, S, S), finest first, to maps of the same shapes."""
        sides = [m.shape[-1] for m in maps]
        sine, owner, reference = self._places(sides, maps[0].device)
        position = (sine + self.level_embed[owner])[None]
        tokens = torch.cat([m.flatten(2).transpose(1, 2) for m in maps], 1)
        shapes = [(side, side) for side in sides]
        for layer in self.layers:
            tokens = layer(tokens, position, reference, shapes)
        split = torch.split(tokens, [side * side for side in sides], 1)
        return [
            t.transpose(1, 2).reshape(t.shape[0], -1, *shape)
            for t, shape in zip(split, shapes, strict=True)
        ]
