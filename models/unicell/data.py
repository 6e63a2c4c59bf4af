"""The neutral layout of nuclei data sets, read at one resolution.

A data set is a folder with ``images/``, ``images.csv`` (image, split, width, height, mpp, ...) and
``points.csv`` (image, x, y, class, ...). Coordinates are pixels of the image file, continuous, with
(0, 0) at its top left corner, so a change of resolution is a multiplication.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

UNKNOWN_CLASS = -1
"""Class of a nucleus whose kind nobody wrote down: it counts for detection, never for a class."""


@dataclass(frozen=True)
class Picture:
    """One labelled picture at the resolution it was read at.

    Attributes:
        name: file name within the data set.
        rgb: (H, W, 3) uint8.
        points: (P, 2) float32, x and y in pixels of ``rgb``.
        classes: (P,) int64, index in head order or ``UNKNOWN_CLASS``.
        mpp: micrometres per pixel of ``rgb``.
        source: name of the folder that it was read from.
    """

    name: str
    rgb: npt.NDArray[np.uint8]
    points: npt.NDArray[np.float32]
    classes: npt.NDArray[np.int64]
    mpp: float
    source: str = ""


def read_pictures(
    folder: Path, split: str, class_names: Sequence[str | list[str]], mpp: float
) -> Iterator[Picture]:
    """Yield the pictures of one split, resampled to ``mpp``, with their nuclei.

    Args:
        folder: a data set in the neutral layout.
        split: value of the ``split`` column: ``train``, ``val`` or ``test``.
        class_names: spelling of the classes in ``points.csv``, in head order; a list of spellings
            where several labels are one class.
        mpp: resolution to resample to, micrometres per pixel.

    Raises:
        ValueError: a class that is not listed, or a split without pictures.
    """
    index = {
        name: k
        for k, names in enumerate(class_names)
        for name in ([names] if isinstance(names, str) else names)
    }
    points: dict[str, list[tuple[float, float, int]]] = {}
    with (folder / "points.csv").open(newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            label = row["class"]
            if label and label not in index:
                raise ValueError(
                    f"{folder}/points.csv line {line}: class {label!r} is not one of {list(index)}"
                )
            x, y = float(row["x"]), float(row["y"])
            if not (math.isfinite(x) and math.isfinite(y)):
                raise ValueError(f"{folder}/points.csv line {line}: ({x}, {y}) is not a place")
            points.setdefault(row["image"], []).append(
                (x, y, index[label] if label else UNKNOWN_CLASS)
            )
    with (folder / "images.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    if not rows:
        raise ValueError(f"{folder}/images.csv has no picture of split {split!r}")
    for row in rows:
        with Image.open(folder / "images" / row["image"]) as image:
            picture = image.convert("RGB")
        labels = points.get(row["image"], [])
        resampled = resample(row["image"], picture, labels, float(row["mpp"]), mpp)
        yield replace(resampled, source=folder.name)


def resample(
    name: str,
    picture: Image.Image,
    labels: Sequence[tuple[float, float, int]],
    source_mpp: float,
    mpp: float,
) -> Picture:
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
    return Picture(
        name=name,
        rgb=np.asarray(picture, dtype=np.uint8),
        points=(table[:, :2] * scale).astype(np.float32),
        classes=table[:, 2].astype(np.int64),
        mpp=mpp,
    )
