"""What a picture should yield: the nuclei it is labelled with."""

from __future__ import annotations

from dataclasses import dataclass

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
    """

    labels: Tensor
    points: Tensor
    sizes: Tensor

    def __len__(self) -> int:
        return int(self.labels.shape[0])

    def known(self) -> Targets:
        """The nuclei whose class is known."""
        keep = self.labels != UNKNOWN_CLASS
        return Targets(self.labels[keep], self.points[keep], self.sizes[keep])
