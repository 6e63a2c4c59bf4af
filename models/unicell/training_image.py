"""A labelled picture on its way to the model: nuclei go where geometry moves their pixels.

The authors hold every nucleus as a box of 4 x 4 pixels and train on the centre of what is left of
it (UniCell spec 12.1), so a nucleus that a cut goes through moves inwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F

from .data import LabelledImage
from .targets import Targets

BOX_PX = 4.0
"""Side of a nucleus's box."""

LEAST_HALF_PX = 0.25
"""Half the side of the least box in a tile: ``unicell tile`` keeps two square pixels and more."""

Boxes = npt.NDArray[np.float64]


def fitted_size(size: tuple[int, int], short_side: int, long_side: int) -> tuple[int, int]:
    """(width, height) of a picture whose short side becomes as given, unless the long one would
    become longer than given; rounded side by side (spec section 2)."""
    scale = min(long_side / max(size), short_side / min(size))
    return int(size[0] * scale + 0.5), int(size[1] * scale + 0.5)


def nucleus_boxes(points: npt.NDArray[np.float32], size: tuple[int, int]) -> Boxes:
    """(n, 4) boxes x0, y0, x1, y1 around labels (n, 2) of a picture of (width, height).

    A box is as much smaller as keeps the label its centre and the box in the picture. Tiles hold
    centres of boxes that were cut at their borders (``unicell tile``), which gives these back.
    Nuclei beyond the border keep what of their box lies inside, which may be nothing.
    """
    centres = points.astype(np.float64)
    inside = np.minimum(centres, np.array(size) - centres)
    half = np.clip(inside, LEAST_HALF_PX, BOX_PX / 2)
    return _clipped(np.concatenate([centres - half, centres + half], 1), size)


@dataclass(frozen=True)
class TrainingImage:
    """A picture with its nuclei as boxes.

    Attributes:
        rgb: (H, W, 3) uint8.
        boxes: (n, 4) x0, y0, x1, y1 in pixels of ``rgb``.
        classes: (n,) int64 as in :class:`unicell.data.LabelledImage`.
        ignored: (I, 4) boxes in which nothing is learnt.
    """

    rgb: npt.NDArray[np.uint8]
    boxes: Boxes
    classes: npt.NDArray[np.int64]
    ignored: Boxes

    @staticmethod
    def of(picture: LabelledImage) -> TrainingImage:
        """The picture as it was read."""
        size = (picture.rgb.shape[1], picture.rgb.shape[0])
        image = TrainingImage(
            picture.rgb,
            nucleus_boxes(picture.points, size),
            picture.classes,
            _clipped(picture.ignored.astype(np.float64), size),
        )
        return image._without_empty()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.rgb.shape[1], self.rgb.shape[0]

    def mirrored(self) -> TrainingImage:
        """Left and right exchanged."""
        width = self.size[0]

        def mirror(boxes: Boxes) -> Boxes:
            x0, y0, x1, y1 = boxes.T
            return np.stack([width - x1, y0, width - x0, y1], 1)

        return replace(
            self,
            rgb=np.ascontiguousarray(self.rgb[:, ::-1]),
            boxes=mirror(self.boxes),
            ignored=mirror(self.ignored),
        )

    def resized(self, size: tuple[int, int]) -> TrainingImage:
        """Enlarged or shrunk to (width, height), as OpenCV's ``INTER_LINEAR`` does it to 8 bits:
        centres of pixels map to centres, and nothing is averaged where it shrinks."""
        if size == self.size:
            return self
        planes = torch.from_numpy(np.array(self.rgb)).permute(2, 0, 1)[None].float()
        planes = F.interpolate(planes, size[::-1], mode="bilinear", align_corners=False)
        rgb = planes[0].round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
        scale = np.array([new / old for new, old in zip(size, self.size, strict=True)] * 2)
        return replace(
            self,
            rgb=rgb,
            boxes=_clipped(self.boxes * scale, size),
            ignored=_clipped(self.ignored * scale, size),
        )

    def cropped(self, x: int, y: int, size: tuple[int, int]) -> TrainingImage:
        """The part of (width, height) at (x, y), with what it shows of the boxes."""
        width, height = size
        shift = np.array([x, y, x, y])
        image = replace(
            self,
            rgb=np.ascontiguousarray(self.rgb[y : y + height, x : x + width]),
            boxes=_clipped(self.boxes - shift, size),
            ignored=_clipped(self.ignored - shift, size),
        )
        return image._without_empty()

    def targets(self) -> Targets:
        """What the model should find: no nucleus whose centre lies in an ignored box."""
        extent = np.array(self.size * 2)
        boxes = torch.from_numpy((self.boxes / extent).astype(np.float32))
        ignored = torch.from_numpy((self.ignored / extent).astype(np.float32))
        targets = Targets(
            torch.from_numpy(self.classes),
            (boxes[:, :2] + boxes[:, 2:]) / 2,
            boxes[:, 2:] - boxes[:, :2],
            ignored if len(ignored) else None,
        )
        return targets.take(~targets.ignores(targets.points))

    def _without_empty(self) -> TrainingImage:
        """Without boxes of which nothing is left."""
        kept = (self.boxes[:, 2:] > self.boxes[:, :2]).all(1)
        shown = (self.ignored[:, 2:] > self.ignored[:, :2]).all(1)
        return replace(
            self,
            boxes=self.boxes[kept],
            classes=self.classes[kept],
            ignored=self.ignored[shown],
        )


def _clipped(boxes: Boxes, size: tuple[int, int]) -> Boxes:
    """Boxes as far as they lie in a picture of (width, height)."""
    return np.clip(boxes, 0.0, np.array(size * 2, dtype=np.float64))
