"""Full supervision of the first stage: every cell of the finest map learns, not only queries.

The first stage of UniCell scores every token as a possible nucleus. Here each token is divided into
cells of a few pixels; a cell has an objectness, the way to its nucleus and class logits. The
targets follow CenterNet (Zhou et al. 2019): one positive cell per nucleus, a Gaussian of lesser
penalty around.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from .data import UNKNOWN_CLASS
from .sampling import Crops

SIGMA_PX = 2.0
"""Width of the Gaussian of lesser penalty around a nucleus."""

REACH_PX = 7.0
"""Cells within this distance of a nucleus learn its place and its class."""

_REACH_CELLS = 4
_FAR = 1 << 20


@dataclass(frozen=True)
class DenseMaps:
    """What the first stage says of every cell; N = rows x columns, row by row.

    Attributes:
        objectness: (B, N) logits.
        offsets: (B, N, 2) from the cell's centre to the nucleus, in pixels of the window.
        classes: (B, N, K) logits of a softmax.
        side: cells per row and column.
        cell_px: side of a cell in pixels of the window.
    """

    objectness: Tensor
    offsets: Tensor
    classes: Tensor
    side: int
    cell_px: float

    def centres(self) -> Tensor:
        """(N, 2) centres of the cells, x and y in pixels of the window."""
        return cell_centres(self.side, self.cell_px, self.objectness.device)


def cell_centres(side: int, cell_px: float, device: torch.device) -> Tensor:
    """(side * side, 2) centres of square cells, row by row."""
    line = (torch.arange(side, device=device, dtype=torch.float32) + 0.5) * cell_px
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x, y], dim=-1).view(-1, 2)


@dataclass(frozen=True)
class DenseTargets:
    """What every cell should say.

    Attributes:
        positive: (B, N) bool: the cell that holds a nucleus' centre.
        heat: (B, N) in [0, 1], the Gaussian of lesser penalty.
        near: (B, N) bool: cells within reach of a nucleus.
        offsets: (B, N, 2) way to the nearest nucleus in pixels.
        classes: (B, N) class of the nearest nucleus; ``UNKNOWN_CLASS`` where it has none.
        weight: (B, N) weight of a near cell, larger towards the nucleus.
        learnt: (B, N) bool: cells that are not ignored.
        counted: (B, N) bool: those of them whose objectness is learnt.
    """

    positive: Tensor
    heat: Tensor
    near: Tensor
    offsets: Tensor
    classes: Tensor
    weight: Tensor
    learnt: Tensor
    counted: Tensor

    def counts(self) -> dict[str, float]:
        """What the sums of the losses are of: nuclei, near cells, near cells of a known class."""
        near = self.weight * self.learnt
        return {
            "nuclei": float((self.positive & self.counted).sum()),
            "near": float(near.sum()),
            "known": float((near * (self.classes >= 0)).sum()),
        }


def dense_targets(crops: Crops, side: int, cell_px: float) -> DenseTargets:
    """Assign every cell to its nearest nucleus."""
    points, classes = crops.points, crops.classes
    batch, rows = classes.shape
    device = points.device
    cells = side * side
    steps = torch.arange(-_REACH_CELLS, _REACH_CELLS + 1, device=device)
    dy, dx = torch.meshgrid(steps, steps, indexing="ij")
    home = (points / cell_px).floor().long()
    column = home[..., :1] + dx.reshape(-1)
    row = home[..., 1:] + dy.reshape(-1)
    usable = (column >= 0) & (column < side) & (row >= 0) & (row < side) & crops.valid[..., None]
    centre = torch.stack([column, row], -1).float().add(0.5) * cell_px
    distance = (centre - points[:, :, None]).norm(dim=-1)
    # Distance and owner in one integer, so that one atomic minimum finds the nearest nucleus.
    code = (distance * 256).long() * 4096 + torch.arange(rows, device=device)[None, :, None]
    code = torch.where(usable, code, _FAR * 4096)
    index = (row.clamp(0, side - 1) * side + column.clamp(0, side - 1)).view(batch, -1)
    best = torch.full((batch, cells), _FAR * 4096, device=device, dtype=torch.long)
    best.scatter_reduce_(1, index, code.view(batch, -1), "amin")
    owner = best % 4096
    distance = (best // 4096).float() / 256
    owner = torch.where(distance < REACH_PX, owner, torch.zeros_like(owner))
    near = distance < REACH_PX
    nearest = points.gather(1, owner[..., None].expand(-1, -1, 2))
    centres = cell_centres(side, cell_px, device)
    offsets = nearest - centres
    learnt = ~crops.ignores(centres.expand(batch, -1, -1))
    positive = near & (offsets.abs() <= cell_px / 2).all(-1)
    heat = torch.exp(-0.5 * (distance / SIGMA_PX) ** 2) * near
    owners = torch.where(near, classes.gather(1, owner), UNKNOWN_CLASS)
    weight = torch.exp(-0.5 * (distance / 4.0) ** 2) * near
    counted = learnt & crops.own
    return DenseTargets(positive, heat, near, offsets, owners, weight, learnt, counted)


def dense_losses(
    maps: DenseMaps, targets: DenseTargets, class_weight: Tensor, means: Mapping[str, float]
) -> dict[str, Tensor]:
    """Losses of the first stage.

    Args:
        maps, targets: prediction and target of every cell.
        class_weight: (K,) weight of each class.
        means: what :meth:`DenseTargets.counts` gives on average; each at least 1.
    """
    logit = maps.objectness.float()
    learnt = targets.learnt.float()
    positive = targets.positive.float()
    p = logit.sigmoid()
    up = functional.softplus(-logit) * (1 - p) ** 2 * positive
    down = functional.softplus(logit) * p**2 * (1 - targets.heat) ** 4 * (1 - positive)
    objectness = ((up + down) * targets.counted).sum() / means["nuclei"]
    distance = functional.smooth_l1_loss(
        maps.offsets.float(), targets.offsets, reduction="none", beta=1.0
    ).sum(-1)
    weight = targets.weight * learnt
    offsets = (distance * weight).sum() / means["near"]
    known = weight * (targets.classes >= 0)
    entropy = functional.cross_entropy(
        maps.classes.float().flatten(0, 1),
        targets.classes.clamp(min=0).flatten(),
        weight=class_weight,
        reduction="none",
    ).view_as(known)
    classes = (entropy * known).sum() / means["known"]
    return {"dense_object": objectness, "dense_offset": offsets, "dense_class": classes}
