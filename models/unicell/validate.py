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
RADII_UM = (1.5, 2.0, 2.5)
THRESHOLDS = tuple(round(0.2 + 0.025 * i, 3) for i in range(21))

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
    """Find threshold and radius with the largest mean of F_d and F_c."""
    config = model.preset.datasets[dataset]
    raw = [predict(model, p, dataset, halo=HALO, decode=decode) for p in pictures]
    best: Choice | None = None
    for radius in radii_um:
        kept = [suppress(c, radius / model.preset.mpp) for c in raw]
        for threshold in thresholds:
            tally = score(
                pictures, kept, len(config.classes), threshold, config.match_radius_um
            )
            fc = float(tally.fc.mean())
            if best is None or tally.fd + fc > best.fd + best.fc:
                best = Choice(threshold, radius, tally.fd, fc, [float(v) for v in tally.fc])
    assert best is not None
    return best
