"""Training crops, cut and augmented on the device that trains.

All pictures of a data set lie on the device as one padded tensor; a batch of crops is one gather
and one ``grid_sample`` with an affine map per crop, and the nuclei follow the same map. What a step
draws depends only on (seed, step), so a resumed run draws what the undisturbed one would have
drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from .augment import jitter_colours
from .data import UNKNOWN_CLASS, Picture
from .preset import TrainConfig

PAD_CLASS = -2
"""Class of a row of the padded point table that holds no nucleus."""


@dataclass(frozen=True)
class Crops:
    """A batch of crops of one data set.

    Attributes:
        images: (B, 3, S, S) float32 RGB in 0..255.
        points: (B, P, 2) float32 x, y in pixels of the crop.
        classes: (B, P) int64; ``UNKNOWN_CLASS`` or ``PAD_CLASS`` where there is none.
    """

    images: Tensor
    points: Tensor
    classes: Tensor

    @property
    def valid(self) -> Tensor:
        """(B, P) bool: the rows that hold a nucleus."""
        return self.classes != PAD_CLASS


class PictureBank:
    """The labelled pictures of one data set, on a device, ready to be cropped."""

    def __init__(
        self, pictures: list[Picture], class_count: int, window: int, device: torch.device
    ) -> None:
        """Copy the pictures to ``device``, padded with white to one size."""
        height = max(p.rgb.shape[0] for p in pictures)
        width = max(p.rgb.shape[1] for p in pictures)
        rows = max(1, *(len(p.points) for p in pictures))
        images = np.full((len(pictures), 3, height, width), 255, dtype=np.uint8)
        points = np.zeros((len(pictures), rows, 2), dtype=np.float32)
        classes = np.full((len(pictures), rows), PAD_CLASS, dtype=np.int64)
        for i, picture in enumerate(pictures):
            h, w = picture.rgb.shape[:2]
            images[i, :, :h, :w] = picture.rgb.transpose(2, 0, 1)
            points[i, : len(picture.points)] = picture.points
            classes[i, : len(picture.points)] = picture.classes
        self.window = window
        self.device = device
        self.sizes = np.array([p.rgb.shape[1::-1] for p in pictures], dtype=np.float64)
        self.images = torch.from_numpy(images).to(device)
        self.points = torch.from_numpy(points).to(device)
        self.classes = torch.from_numpy(classes).to(device)
        self.class_count = class_count
        sources = {picture.source for picture in pictures}
        self.by_source = [
            np.array([i for i, picture in enumerate(pictures) if picture.source == source])
            for source in sorted(sources)
        ]
        self.by_class = [self._of_class(pictures, k) for k in range(class_count)]

    @staticmethod
    def _of_class(pictures: list[Picture], k: int) -> npt.NDArray[np.float64]:
        """(M, 3): picture index, x, y of every nucleus of class ``k``."""
        rows = [
            np.concatenate([np.full((int(mask.sum()), 1), i), p.points[mask]], axis=1)
            for i, p in enumerate(pictures)
            for mask in [p.classes == k]
        ]
        return np.concatenate(rows).astype(np.float64)

    @property
    def class_counts(self) -> list[int]:
        """Nuclei per class."""
        return [len(rows) for rows in self.by_class]

    def crops(self, batch: int, config: TrainConfig, rng: np.random.Generator) -> Crops:
        """Draw ``batch`` augmented crops."""
        picked, centres = self._places(batch, config.rare_share, rng)
        maps = np.stack([self._affine(centre, config, rng) for centre in centres])
        images = self._cut(torch.from_numpy(picked), torch.from_numpy(maps).float())
        points, classes = self._move(torch.from_numpy(picked), torch.from_numpy(maps).float())
        generator = torch.Generator(self.device).manual_seed(int(rng.integers(2**62)))
        return Crops(jitter_colours(images, config.stain_jitter, generator), points, classes)

    def _places(
        self, batch: int, rare_share: float, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Pictures and centres: mostly uniform, some near a nucleus of a uniformly drawn class.

        Of several sources each is drawn as often, as data sets of their own would be.
        """
        picked = rng.integers(len(self.sizes), size=batch)
        if len(self.by_source) > 1:
            drawn = [self.by_source[k] for k in rng.integers(len(self.by_source), size=batch)]
            picked = np.array([rows[rng.integers(len(rows))] for rows in drawn])
        half = self.window / 2
        centres = np.empty((batch, 2))
        present = [k for k in range(self.class_count) if len(self.by_class[k])]
        for b in range(batch):
            if present and rng.random() < rare_share:
                rows = self.by_class[present[rng.integers(len(present))]]
                row = rows[rng.integers(len(rows))]
                picked[b] = int(row[0])
                centres[b] = row[1:] + rng.uniform(-0.7 * half, 0.7 * half, size=2)
            else:
                centres[b] = rng.uniform(0, self.sizes[picked[b]])
            low = np.minimum(half, self.sizes[picked[b]] / 2)
            centres[b] = np.clip(centres[b], low - 8, self.sizes[picked[b]] - low + 8)
        return picked, centres

    def _affine(
        self, centre: npt.NDArray[np.float64], config: TrainConfig, rng: np.random.Generator
    ) -> npt.NDArray[np.float64]:
        """(2, 3) map from crop pixels to picture pixels."""
        turn = rng.integers(4) * math.pi / 2
        scale = 1.0
        if rng.random() < config.free_transform:
            turn += rng.uniform(-math.pi / 4, math.pi / 4)
            scale = math.exp(rng.uniform(-1, 1) * math.log1p(config.scale_jitter))
        else:
            centre = np.round(centre)
        flip = -1.0 if rng.random() < 0.5 else 1.0
        cos, sin = math.cos(turn) * scale, math.sin(turn) * scale
        linear = np.array([[cos * flip, -sin], [sin * flip, cos]])
        offset = centre - linear @ np.full(2, self.window / 2)
        return np.concatenate([linear, offset[:, None]], axis=1)

    def _cut(self, picked: Tensor, maps: Tensor) -> Tensor:
        """Sample the crops; what lies outside a picture is white, as glass."""
        size = self.window
        height, width = self.images.shape[-2:]
        images = self.images[picked.to(self.device)].float() - 255
        line = torch.arange(size, device=self.device) + 0.5
        y, x = torch.meshgrid(line, line, indexing="ij")
        grid = torch.stack([x, y, torch.ones_like(x)], dim=-1)
        places = torch.einsum("hwk,bck->bhwc", grid, maps.to(self.device))
        norm = torch.tensor([width, height], device=self.device)
        sampled = functional.grid_sample(images, places / norm * 2 - 1, align_corners=False)
        return sampled + 255

    def _move(self, picked: Tensor, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Nuclei in crop coordinates; those outside the crop are dropped."""
        picked = picked.to(self.device)
        maps = maps.to(self.device)
        inverse = torch.linalg.inv(maps[:, :, :2])
        points = (self.points[picked] - maps[:, None, :, 2]) @ inverse.transpose(1, 2)
        classes = self.classes[picked]
        inside = ((points >= 0) & (points < self.window)).all(-1) & (classes != PAD_CLASS)
        rows = max(1, int(inside.sum(1).max()))
        order = inside.int().argsort(dim=1, descending=True, stable=True)[:, :rows]
        classes = classes.masked_fill(~inside, PAD_CLASS).gather(1, order)
        return points.gather(1, order[..., None].expand(-1, -1, 2)), classes


def class_weights(counts: list[int], exponent: float) -> Tensor:
    """Class weights with mean one over the nuclei: frequency to the power ``-exponent``."""
    frequency = torch.tensor(counts, dtype=torch.float32).clamp(min=1)
    frequency = frequency / frequency.sum()
    weights = frequency.pow(-exponent)
    return weights / (weights * frequency).sum()


__all__ = ["PAD_CLASS", "UNKNOWN_CLASS", "Crops", "PictureBank", "class_weights"]
