"""The neutral layout of nuclei data sets, read at one resolution.

A data set is a folder with ``images/``, ``images.csv`` (image, split, width, height, mpp, ...),
``points.csv`` (image, x, y, class, ...) and, where some places must be neither learnt nor scored,
``ignore.csv`` (image, x0, y0, x1, y1). Coordinates are pixels of the image file, continuous, with
(0, 0) at its top left corner, so a change of resolution is a multiplication.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

ANY_LABEL = "*"
"""Spelling of a class that every nucleus has, whatever its label, also where it has none."""

UNKNOWN_CLASS = -1
"""Class of a nucleus whose kind nobody wrote down: it counts for detection, never for a class."""


@dataclass(frozen=True)
class LabelledImage:
    """One labelled picture at the resolution it was read at.

    Attributes:
        name: file name within the data set.
        rgb: (H, W, 3) uint8.
        points: (P, 2) float32, x and y in pixels of ``rgb``.
        classes: (P,) int64, index in head order or ``UNKNOWN_CLASS``.
        mpp: micrometres per pixel of ``rgb``.
        source: name of the folder that it was read from.
        ignored: (I, 4) float32 boxes x0, y0, x1, y1 in pixels of ``rgb``, half open, in which
            nothing is learnt or scored.
    """

    name: str
    rgb: npt.NDArray[np.uint8]
    points: npt.NDArray[np.float32]
    classes: npt.NDArray[np.int64]
    mpp: float
    source: str = ""
    ignored: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))

    def ignores(self, points: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        """(P,) which of the places (P, 2) lie in an ignored box."""
        low, high = self.ignored[:, None, :2], self.ignored[:, None, 2:]
        return np.asarray(((points >= low) & (points < high)).all(-1).any(0))

    def moved(self, dx_um: float, dy_um: float) -> LabelledImage:
        """The same picture, its labels moved to the right and down."""
        shift = np.array([dx_um, dy_um], dtype=np.float32) / np.float32(self.mpp)
        return replace(self, points=(self.points + shift).astype(np.float32))


Unlisted = Literal["error", "unknown"]


@dataclass(frozen=True)
class LabelledImageFile:
    """A labelled picture on disk.

    Attributes:
        path: of the image.
        labels: (P, 3) x and y in pixels of the file, and class as in :class:`LabelledImage`.
        ignored: (I, 4) boxes in pixels of the file.
        mpp: micrometres per pixel of the file.
    """

    path: Path
    labels: npt.NDArray[np.float64]
    ignored: npt.NDArray[np.float32]
    mpp: float

    def size(self) -> tuple[int, int]:
        """(width, height) of the file, of which only the beginning is read."""
        with Image.open(self.path) as image:
            return image.size

    def read(self, mpp: float | None = None) -> LabelledImage:
        """The picture as it is, or resampled to ``mpp``."""
        with Image.open(self.path) as image:
            picture = image.convert("RGB")
        name = self.path.name
        resampled = resample(name, picture, self.labels, self.mpp, mpp or self.mpp)
        scale = np.tile(np.array(resampled.rgb.shape[1::-1]) / picture.size, 2)
        ignored = (self.ignored * scale).astype(np.float32)
        return replace(resampled, source=self.path.parent.parent.name, ignored=ignored)


def read_images(
    folder: Path,
    split: str,
    class_names: Sequence[str | list[str]],
    mpp: float,
    unlisted: Unlisted = "error",
) -> Iterator[LabelledImage]:
    """Yield the pictures of one split, resampled to ``mpp``, with their nuclei.

    Args:
        folder: a data set in the neutral layout.
        split: value of the ``split`` column: ``train``, ``val`` or ``test``.
        class_names: spelling of the classes in ``points.csv``, in head order; a list of spellings
            where several labels are one class, ``ANY_LABEL`` where every label is.
        mpp: resolution to resample to, micrometres per pixel.
        unlisted: whether a class that is not listed is an error, or a nucleus of unknown class.

    Raises:
        ValueError: a class that is not listed, a place or box that is none, or a split without
            pictures.
    """
    for file in list_images(folder, split, class_names, unlisted):
        yield file.read(mpp)


def list_images(
    folder: Path,
    split: str,
    class_names: Sequence[str | list[str]],
    unlisted: Unlisted = "error",
) -> list[LabelledImageFile]:
    """The pictures of one split on disk; arguments and errors as for :func:`read_images`."""
    points = _read_points(folder / "points.csv", class_names, unlisted)
    with (folder / "images.csv").open(newline="") as file:
        listed = list(csv.DictReader(file))
    rows = [row for row in listed if row["split"] == split]
    if not rows:
        raise ValueError(f"{folder}/images.csv has no picture of split {split!r}")
    ignored = _read_ignored(folder / "ignore.csv", {row["image"] for row in listed})
    return [
        LabelledImageFile(
            folder / "images" / row["image"],
            np.asarray(points.get(row["image"], []), dtype=np.float64).reshape(-1, 3),
            np.asarray(ignored.get(row["image"], []), dtype=np.float32).reshape(-1, 4),
            float(row["mpp"]),
        )
        for row in rows
    ]


def splits_of(folder: Path) -> set[str]:
    """The splits of which a data set has pictures."""
    with (folder / "images.csv").open(newline="") as file:
        return {row["split"] for row in csv.DictReader(file)}


def _read_points(
    path: Path, class_names: Sequence[str | list[str]], unlisted: Unlisted
) -> dict[str, list[tuple[float, float, int]]]:
    """(x, y, class) of every nucleus, by image."""
    index = {
        name: k
        for k, names in enumerate(class_names)
        for name in ([names] if isinstance(names, str) else names)
    }
    points: dict[str, list[tuple[float, float, int]]] = {}
    with path.open(newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            label = row["class"]
            known = index.get(label, index.get(ANY_LABEL))
            if known is None:
                if label and unlisted == "error":
                    raise ValueError(
                        f"{path} line {line}: class {label!r} is not one of {list(index)}"
                    )
                known = UNKNOWN_CLASS
            x, y = float(row["x"]), float(row["y"])
            if not (math.isfinite(x) and math.isfinite(y)):
                raise ValueError(f"{path} line {line}: ({x}, {y}) is not a place")
            points.setdefault(row["image"], []).append((x, y, known))
    return points


def _read_ignored(
    path: Path, images: Collection[str]
) -> dict[str, list[tuple[float, float, float, float]]]:
    """Boxes x0, y0, x1, y1 by image, from ``ignore.csv`` where the data set has one."""
    boxes: dict[str, list[tuple[float, float, float, float]]] = {}
    if not path.is_file():
        return boxes
    with path.open(newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            x0, y0, x1, y1 = (float(row[side]) for side in ("x0", "y0", "x1", "y1"))
            if row["image"] not in images:
                raise ValueError(f"{path} line {line}: images.csv has no image {row['image']!r}")
            if not (-math.inf < x0 < x1 < math.inf and -math.inf < y0 < y1 < math.inf):
                raise ValueError(
                    f"{path} line {line}: ({x0}, {y0}, {x1}, {y1}) is no box; x0 must be less than "
                    "x1, and y0 less than y1"
                )
            boxes.setdefault(row["image"], []).append((x0, y0, x1, y1))
    return boxes


def resample(
    name: str,
    picture: Image.Image,
    labels: Sequence[tuple[float, float, int]] | npt.NDArray[np.float64],
    source_mpp: float,
    mpp: float,
) -> LabelledImage:
    """Resample a picture and its nuclei with the antialiased bicubic filter of the TypeScript."""
    width, height = picture.size
    plane = (
        max(1, math.floor(width * source_mpp / mpp + 0.5)),
        max(1, math.floor(height * source_mpp / mpp + 0.5)),
    )
    if plane != picture.size:
        picture = picture.resize(plane, Image.Resampling.BICUBIC)
    table = np.asarray(labels, dtype=np.float64).reshape(-1, 3)
    scale = np.array([plane[0] / width, plane[1] / height])
    return LabelledImage(
        name=name,
        rgb=np.asarray(picture, dtype=np.uint8),
        points=(table[:, :2] * scale).astype(np.float32),
        classes=table[:, 2].astype(np.int64),
        mpp=mpp,
    )
