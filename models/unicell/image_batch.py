"""Pictures of several sizes as one tensor, as the full UniCell takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from .targets import Targets

MEAN = [123.675, 116.28, 103.53]
STD = [58.395, 57.12, 57.375]


@dataclass(frozen=True)
class ImageBatch:
    """Pictures of one data set.

    Attributes:
        dataset: Index of the data set.
        images: (B, 3, H, W), normalised; zero where padded.
        padding: (B, H, W), true where a picture is padded at its right and bottom; ``None`` where
            all have one size.
        targets: Per picture.
    """

    dataset: int
    images: Tensor
    padding: Tensor | None
    targets: list[Targets]

    def to(self, device: torch.device) -> ImageBatch:
        """The same batch on a device."""
        padding = None if self.padding is None else self.padding.to(device)
        targets = [target.to(device) for target in self.targets]
        return ImageBatch(self.dataset, self.images.to(device), padding, targets)


def normalise(rgb: npt.NDArray[np.uint8]) -> Tensor:
    """(H, W, 3) of 8 bits to (3, H, W) as the backbone was trained on."""
    pixels = torch.from_numpy(np.array(rgb)).float()
    return ((pixels - torch.tensor(MEAN)) / torch.tensor(STD)).permute(2, 0, 1)


def join_images(
    dataset: int, pictures: Sequence[npt.NDArray[np.uint8]], targets: list[Targets]
) -> ImageBatch:
    """Normalises pictures (H, W, 3) and pads them to the largest height and width."""
    height = max(rgb.shape[0] for rgb in pictures)
    width = max(rgb.shape[1] for rgb in pictures)
    images = torch.zeros(len(pictures), 3, height, width)
    padding = torch.ones(len(pictures), height, width, dtype=torch.bool)
    for i, rgb in enumerate(pictures):
        h, w = rgb.shape[:2]
        images[i, :, :h, :w] = normalise(rgb)
        padding[i, :h, :w] = False
    return ImageBatch(dataset, images, padding if padding.any() else None, targets)
