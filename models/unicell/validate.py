"""Choose the threshold and the suppression radius of every data set on its val split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .data import Picture
from .guided import GuidedUniCell
from .predict import Candidates, predict, suppress
from .score import Tally

HALO = 32
RADII_UM = (1.5, 2.0, 2.5, 3.0)
THRESHOLDS = tuple(round(0.2 + 0.05 * i, 3) for i in range(10))
FINE_STEP = 0.025

QUICK_THRESHOLDS = (0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
"""A coarse grid, for a look during training."""


@dataclass(frozen=True)
class Choice:
    """The best operating point of a data set on given pictures, and its scores there."""

    threshold: float
    radius_um: float
    fd: float
    fc: float
    classes: list[float]


def score(
    pictures: list[Picture],
    candidates: list[Candidates],
    classes: int,
    threshold: float,
    match_radius_um: float,
) -> Tally:
    """Score suppressed candidates at a threshold."""
    tally = Tally.empty(classes)
    for picture, all_found in zip(pictures, candidates, strict=True):
        found = all_found.take(np.nonzero(all_found.scores >= threshold)[0])
        labels = found.logits.argmax(1).astype(np.int64)
        radius = match_radius_um / picture.mpp
        tally.add(picture.points, picture.classes, found.points, labels, radius)
    return tally


def choose(
    model: GuidedUniCell,
    pictures: list[Picture],
    dataset: int,
    *,
    decode: bool = True,
    radii_um: Sequence[float] = RADII_UM,
    thresholds: Sequence[float] = THRESHOLDS,
) -> Choice:
    """Find threshold and radius with the largest mean of F_d and F_c.

    All pairs of the grid are tried, then thresholds half a step beside the best.
    """
    config = model.preset.datasets[dataset]
    raw = [predict(model, p, dataset, halo=HALO, decode=decode) for p in pictures]
    suppressed = {r: [suppress(c, r / model.preset.mpp) for c in raw] for r in radii_um}

    def at(threshold: float, radius: float) -> Choice:
        tally = score(
            pictures, suppressed[radius], len(config.classes), threshold, config.match_radius_um
        )
        classes = [float(v) for v in tally.fc]
        return Choice(threshold, radius, tally.fd, sum(classes) / len(classes), classes)

    best = max((at(t, r) for r in radii_um for t in thresholds), key=_merit)
    beside = (round(best.threshold + step, 3) for step in (-FINE_STEP, FINE_STEP))
    return max([best, *(at(t, best.radius_um) for t in beside)], key=_merit)


def _merit(choice: Choice) -> float:
    return choice.fd + choice.fc
