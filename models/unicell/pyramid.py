"""The levels of a feature pyramid as one sequence of tokens (UniCell spec sections 5, 6 and 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Pyramid:
    """Tokens of all levels, finest first, each level row by row.

    Attributes:
        tokens: (B, N, C).
        shapes: (height, width) per level.
        padding: (B, N), true where a token is padding; None when nothing is padded.
        level_paddings: ``padding`` per level, (B, H_i, W_i).
        valid_sizes: (B, L, 2): unpadded (width, height) of each level in tokens; the batch axis is
            1 when nothing is padded.
    """

    tokens: Tensor
    shapes: tuple[tuple[int, int], ...]
    padding: Tensor | None
    level_paddings: tuple[Tensor, ...] | None
    valid_sizes: Tensor

    @property
    def valid_ratios(self) -> Tensor:
        """(B, L, 2): unpadded share (x, y) of each level."""
        return self.valid_sizes / _sizes(self.shapes, self.valid_sizes.device)

    def cell_centres(self) -> Tensor:
        """(B, N, 2): centre (x, y) of every token, normalised by the unpadded part of its level."""
        centres = []
        for level, (height, width) in enumerate(self.shapes):
            device = self.valid_sizes.device
            y = torch.arange(height, dtype=torch.float32, device=device) + 0.5
            x = torch.arange(width, dtype=torch.float32, device=device) + 0.5
            cells = torch.stack([x.expand(height, width), y[:, None].expand(height, width)], -1)
            centres.append(cells.flatten(0, 1) / self.valid_sizes[:, level, None])
        return torch.cat(centres, 1)


def flatten_levels(levels: Sequence[Tensor], padding: Tensor | None = None) -> Pyramid:
    """Joins maps to a pyramid.

    Args:
        levels: (B, C, H_i, W_i), finest first.
        padding: (B, H, W) of the padded pictures, true where padded; levels take the nearest pixel.
    """
    shapes = tuple((level.shape[2], level.shape[3]) for level in levels)
    tokens = torch.cat([level.flatten(2).transpose(1, 2) for level in levels], 1)
    if padding is None:
        return Pyramid(tokens, shapes, None, None, _sizes(shapes, tokens.device))
    resized = tuple(
        F.interpolate(padding[:, None].float(), size=shape, mode="nearest")[:, 0] > 0.5
        for shape in shapes
    )
    valid = torch.stack(
        [torch.stack([(~m[:, 0]).sum(1), (~m[:, :, 0]).sum(1)], -1) for m in resized], 1
    )
    flat = torch.cat([m.flatten(1) for m in resized], 1)
    return Pyramid(tokens, shapes, flat, resized, valid.float())


def _sizes(shapes: Sequence[tuple[int, int]], device: torch.device) -> Tensor:
    """(1, L, 2): (width, height) of each level, as a graph of any size can compute it."""
    sides = [side for height, width in shapes for side in (width, height)]
    filled = [torch.full((1,), side, dtype=torch.float32, device=device) for side in sides]
    return torch.cat(filled).reshape(1, len(shapes), 2)
