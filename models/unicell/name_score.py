"""How often a model names a nucleus right where the label says that one is.

What it does not find, or invents, does not count: F_c says how good a model is, and this whether
its names or its finding are short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .data import LabelledImage
from .guided import GuidedUniCell
from .lessons import CELL_PX, LessonHead
from .teach import maps_of


@dataclass(frozen=True)
class NameScore:
    """Of the nuclei whose class is known.

    Attributes:
        nuclei: how many there are.
        right: share of them under its own name.
        f1: of each class; NaN for one that neither label nor model knows.
    """

    nuclei: int
    right: float
    f1: tuple[float, ...]

    def __str__(self) -> str:
        each = " ".join(f"{value:.3f}" for value in self.f1)
        return (
            f"{self.right:.3f} of {self.nuclei} names right, F1 {np.nanmean(self.f1):.3f} [{each}]"
        )


def score_names(model: GuidedUniCell, dataset: int, pictures: Sequence[LabelledImage]) -> NameScore:
    """Score the names of the dense stage under one data set, at the labelled places."""
    config = model.preset.datasets[dataset]
    head = LessonHead(config.id, config.classes)
    pairs = np.zeros((len(config.classes),) * 2, dtype=np.int64)
    for picture in pictures:
        counts = (picture.classes >= 0) & ~picture.ignores(picture.points)
        names = maps_of([model], [head], picture)[1:].argmax(0)
        column, row = _cells(picture.points[counts], names.shape)
        np.add.at(pairs, (picture.classes[counts], names[row, column]), 1)
    right = np.diag(pairs)
    both = pairs.sum(0) + pairs.sum(1)
    f1 = [2 * r / b if b else float("nan") for r, b in zip(right, both, strict=True)]
    return NameScore(int(pairs.sum()), float(right.sum() / max(1, pairs.sum())), tuple(f1))


def _cells(
    points: npt.NDArray[np.float32], shape: tuple[int, ...]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Column and row of the cells in which places lie."""
    cells = (points // CELL_PX).astype(np.int64)
    return cells[:, 0].clip(0, shape[1] - 1), cells[:, 1].clip(0, shape[0] - 1)
