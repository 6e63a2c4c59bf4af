"""What a picture should yield: the nuclei it is labelled with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

UNKNOWN_CLASS = -1
"""Label of a nucleus whose class nobody stated: it counts for detection and not for class."""


@dataclass(frozen=True)
class Targets:
    """The nuclei of one picture.

    Attributes:
        labels: (n,) int64, class in head order or :data:`UNKNOWN_CLASS`.
        points: (n, 2) centres (x, y), normalised by the unpadded picture.
        sizes: (n, 2) width and height of the box that scales denoising noise, normalised likewise.
            The released code gives every nucleus 4 x 4 pixels of the patch (spec 12.1).
        ignored: (I, 4) boxes x0, y0, x1, y1, normalised likewise and half open, in which nobody
            says whether there are nuclei; ``None`` where there are none.
    """

    labels: Tensor
    points: Tensor
    sizes: Tensor
    ignored: Tensor | None = None

    def __len__(self) -> int:
        return int(self.labels.shape[0])

    def known(self) -> Targets:
        """The nuclei whose class is known."""
        return self.take(self.labels != UNKNOWN_CLASS)

    def take(self, kept: Tensor) -> Targets:
        """The nuclei where ``kept`` (n,) is true."""
        return replace(
            self, labels=self.labels[kept], points=self.points[kept], sizes=self.sizes[kept]
        )

    def ignores(self, points: Tensor) -> Tensor:
        """(Q,) bool: which of the normalised places (Q, 2) lie in an ignored box."""
        if self.ignored is None:
            return torch.zeros(points.shape[0], dtype=torch.bool, device=points.device)
        low, high = self.ignored[:, None, :2], self.ignored[:, None, 2:]
        return ((points >= low) & (points < high)).all(-1).any(0)

    def to(self, device: torch.device) -> Targets:
        """The same targets on a device."""
        ignored = None if self.ignored is None else self.ignored.to(device)
        labels, points, sizes = (x.to(device) for x in (self.labels, self.points, self.sizes))
        return Targets(labels, points, sizes, ignored)
