"""Training crops, cut and augmented on the device that trains.

All pictures of a data set lie on the device as one padded tensor; a batch of crops is one gather
and one ``grid_sample`` with an affine map per crop, and the nuclei follow the same map. What a step
draws depends only on (seed, step), so a resumed run draws what the undisturbed one would have
drawn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from .augment import augment
from .data import UNKNOWN_CLASS, LabelledImage
from .lessons import Lessons
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
        ignored: (B, S, S) bool, pixels in which nothing is learnt; ``None`` where there are none.
        lessons: (B, C, N, N), what teachers said of the pictures (:mod:`unicell.lessons`) at N x N
            cells; ``None`` where there were none.
        borrowed: (B,) bool, crops of another data set, which has its own notion of what is a
            nucleus: they teach names and places, not objectness. ``None`` where there are none.
    """

    images: Tensor
    points: Tensor
    classes: Tensor
    ignored: Tensor | None = None
    lessons: Tensor | None = None
    borrowed: Tensor | None = None

    def to(self, device: torch.device) -> Crops:
        """The same crops on a device."""
        return Crops(
            self.images.to(device),
            self.points.to(device),
            self.classes.to(device),
            None if self.ignored is None else self.ignored.to(device),
            None if self.lessons is None else self.lessons.to(device),
            None if self.borrowed is None else self.borrowed.to(device),
        )

    def ignores(self, points: Tensor) -> Tensor:
        """(B, Q) bool: which of the places (B, Q, 2), in pixels of the crop, are ignored."""
        if self.ignored is None:
            return torch.zeros(points.shape[:2], dtype=torch.bool, device=points.device)
        side = self.ignored.shape[-1]
        column, row = points.long().clamp(0, side - 1).unbind(-1)
        return self.ignored.flatten(1).gather(1, row * side + column)

    @property
    def valid(self) -> Tensor:
        """(B, P) bool: the rows that hold a nucleus."""
        return self.classes != PAD_CLASS

    @property
    def own(self) -> Tensor:
        """(B, 1) bool: crops of the data set itself, where what is not labelled is no nucleus."""
        if self.borrowed is None:
            return torch.ones_like(self.classes[:, :1], dtype=torch.bool)
        return ~self.borrowed[:, None]


class ImageBank:
    """The labelled pictures of one data set, on a device, ready to be cropped."""

    def __init__(
        self,
        pictures: list[LabelledImage],
        class_count: int,
        crop: int,
        device: torch.device,
        shares: Mapping[str, float] | None = None,
        lessons: Lessons | None = None,
        cell_px: float = 2.0,
    ) -> None:
        """Copy the pictures to ``device``, padded with white to one size.

        Args:
            shares: part of the crops that the sources give from which the data set borrows, by
                name; the others give what is left, each as much.
            lessons: what teachers said of the pictures.
            cell_px: side of the cells at which crops repeat it.

        Raises:
            ValueError: lessons of which a picture is missing.
        """
        self.names = [(picture.source, picture.name) for picture in pictures]
        if lessons is not None:
            for name in self.names:
                if not lessons.has(*name):
                    raise ValueError(
                        f"{lessons.folder} says nothing of {'/'.join(name)}: run python -m "
                        "unicell.teach again, with the same preset, data and --splits"
                    )
        self.lessons, self.cell_px = lessons, cell_px
        height = max(p.rgb.shape[0] for p in pictures)
        width = max(p.rgb.shape[1] for p in pictures)
        rows = max(1, *(len(p.points) for p in pictures))
        images = np.full((len(pictures), 3, height, width), 255, dtype=np.uint8)
        points = np.zeros((len(pictures), rows, 2), dtype=np.float32)
        classes = np.full((len(pictures), rows), PAD_CLASS, dtype=np.int64)
        ignored = None
        if any(len(picture.ignored) for picture in pictures):
            ignored = np.zeros((len(pictures), 1, height, width), dtype=np.uint8)
        for i, picture in enumerate(pictures):
            h, w = picture.rgb.shape[:2]
            images[i, :, :h, :w] = picture.rgb.transpose(2, 0, 1)
            points[i, : len(picture.points)] = picture.points
            classes[i, : len(picture.points)] = picture.classes
            for x0, y0, x1, y1 in picture.ignored:
                assert ignored is not None
                ignored[i, 0, math.floor(y0) : math.ceil(y1), math.floor(x0) : math.ceil(x1)] = 1
        self.crop = crop
        self.device = device
        self.sizes = np.array([p.rgb.shape[1::-1] for p in pictures], dtype=np.float64)
        self.images = torch.from_numpy(images).to(device)
        self.points = torch.from_numpy(points).to(device)
        self.classes = torch.from_numpy(classes).to(device)
        self.ignored = None if ignored is None else torch.from_numpy(ignored).to(device)
        self.class_count = class_count
        sources = sorted({picture.source for picture in pictures})
        of_sources = [
            [i for i, picture in enumerate(pictures) if picture.source == source]
            for source in sources
        ]
        self.by_source = [np.array(of_source) for of_source in of_sources]
        named = {source: share for source, share in (shares or {}).items() if source in sources}
        rest = (1 - sum(named.values())) / max(1, len(sources) - len(named))
        wanted = np.array([named.get(source, rest) for source in sources])
        self.shares = wanted / wanted.sum()
        self.is_borrowed = np.array([picture.source in named for picture in pictures])
        self.by_class = [
            [self._of_class(pictures, of_source, k) for k in range(class_count)]
            for of_source in of_sources
        ]

    @staticmethod
    def _of_class(
        pictures: list[LabelledImage], rows: list[int], k: int
    ) -> list[tuple[int, npt.NDArray[np.float64]]]:
        """Of some pictures those with class ``k``, each with the (M, 2) places of its nuclei."""
        return [
            (i, pictures[i].points[pictures[i].classes == k].astype(np.float64))
            for i in rows
            if (pictures[i].classes == k).any()
        ]

    @property
    def class_counts(self) -> list[int]:
        """Nuclei per class."""
        return [
            sum(len(places) for of_source in self.by_class for _, places in of_source[k])
            for k in range(self.class_count)
        ]

    def crops(self, batch: int, config: TrainConfig, rng: np.random.Generator) -> Crops:
        """Draw ``batch`` augmented crops."""
        picked, centres = self._places(batch, config.rare_share, rng)
        maps = np.stack([self._affine(centre, config, rng) for centre in centres])
        chosen, affine = torch.from_numpy(picked), torch.from_numpy(maps).float()
        images = self._cut(self.images, 255.0, chosen, affine)
        points, classes = self._move(chosen, affine)
        ignored = None
        if self.ignored is not None:
            ignored = self._cut(self.ignored, 0.0, chosen, affine)[:, 0] > 0.5
        lessons = self._lessons_at(picked, affine)
        borrowed = None
        if self.is_borrowed.any():
            borrowed = torch.from_numpy(self.is_borrowed[picked]).to(self.device)
        images = augment(images, config, rng)
        return Crops(images, points, classes, ignored, lessons, borrowed)

    def _lessons_at(self, picked: npt.NDArray[np.int64], maps: Tensor) -> Tensor | None:
        """What teachers said at the cells of crops."""
        if self.lessons is None:
            return None
        line = (torch.arange(round(self.crop / self.cell_px)) + 0.5) * self.cell_px
        y, x = torch.meshgrid(line, line, indexing="ij")
        cells = torch.stack([x, y, torch.ones_like(x)], dim=-1)
        places = torch.einsum("hwk,bck->bhwc", cells, maps)
        at = []
        for i, place in zip(picked, places, strict=True):
            source, name = self.names[i]
            at.append(self.lessons.at(source, name, place))
        return torch.stack(at).to(self.device)

    def _places(
        self, batch: int, rare_share: float, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Pictures and centres: mostly uniform, some near a nucleus of a uniformly drawn class.

        A source is drawn by its share; then a class, one of its pictures and one of its nuclei
        there: else the picture that holds most nuclei of a class would stand for it.
        """
        sources = np.zeros(batch, dtype=np.int64)
        if len(self.by_source) > 1:
            sources = rng.choice(len(self.by_source), size=batch, p=self.shares)
        picked = np.array(
            [self.by_source[s][rng.integers(len(self.by_source[s]))] for s in sources],
            dtype=np.int64,
        )
        half = self.crop / 2
        centres = np.empty((batch, 2))
        for b in range(batch):
            by_class = [pictures for pictures in self.by_class[sources[b]] if pictures]
            if len(by_class) > 1 and rng.random() < rare_share:
                pictures = by_class[rng.integers(len(by_class))]
                picked[b], places = pictures[rng.integers(len(pictures))]
                nucleus = places[rng.integers(len(places))]
                centres[b] = nucleus + rng.uniform(-0.7 * half, 0.7 * half, size=2)
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
        offset = centre - linear @ np.full(2, self.crop / 2)
        return np.concatenate([linear, offset[:, None]], axis=1)

    def _cut(self, source: Tensor, outside: float, picked: Tensor, maps: Tensor) -> Tensor:
        """Sample crops of (N, C, H, W); ``outside`` of a picture is white, as glass."""
        size = self.crop
        height, width = source.shape[-2:]
        images = source[picked.to(self.device)].float() - outside
        line = torch.arange(size, device=self.device) + 0.5
        y, x = torch.meshgrid(line, line, indexing="ij")
        grid = torch.stack([x, y, torch.ones_like(x)], dim=-1)
        places = torch.einsum("hwk,bck->bhwc", grid, maps.to(self.device))
        norm = torch.tensor([width, height], device=self.device)
        sampled = functional.grid_sample(images, places / norm * 2 - 1, align_corners=False)
        return sampled + outside

    def _move(self, picked: Tensor, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Nuclei in crop coordinates; those outside the crop are dropped."""
        picked = picked.to(self.device)
        maps = maps.to(self.device)
        inverse = torch.linalg.inv(maps[:, :, :2])
        points = (self.points[picked] - maps[:, None, :, 2]) @ inverse.transpose(1, 2)
        classes = self.classes[picked]
        inside = ((points >= 0) & (points < self.crop)).all(-1) & (classes != PAD_CLASS)
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


__all__ = ["PAD_CLASS", "UNKNOWN_CLASS", "Crops", "ImageBank", "class_weights"]
