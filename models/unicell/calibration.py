"""Scores that mean something: a slope and an offset of the objectness, fitted on val.

Raw scores of the dense stage are too low for what they are worth, and every data set has a
threshold of its own. The exported graph says ``slope * logit + offset`` instead: the offset brings
the chosen threshold to one half, and the slope is the one under which the outcomes on val are
likeliest (Platt 1999, with the offset tied to the threshold).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.spatial import cKDTree

from .data import LabelledImage
from .predict import Candidates

BINS = 10
SLOPES = (0.2, 5.0)

Logits = npt.NDArray[np.float64]
Outcomes = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Calibration:
    """What the exported graph does to the objectness of a data set.

    Attributes:
        slope, offset: of the logit.
        ece_before, ece_after: expected calibration error over ten bins (Guo et al. 2017), on val.
    """

    slope: float
    offset: float
    ece_before: float
    ece_after: float

    def to_card(self) -> dict[str, object]:
        """Fields of the card's ``calibration``."""
        table = asdict(self)
        return {
            "slope": round(table["slope"], 4),
            "offset": round(table["offset"], 4),
            "eceBefore": round(table["ece_before"], 4),
            "eceAfter": round(table["ece_after"], 4),
            "split": "val",
        }


NONE = Calibration(1.0, 0.0, 0.0, 0.0)
"""Scores as the model gives them."""


def outcomes(
    pictures: Sequence[LabelledImage], candidates: Sequence[Candidates], radius_um: float
) -> tuple[Logits, Outcomes]:
    """Logit of every candidate, and whether it found a nucleus.

    The surest first, each takes the nearest nucleus within the radius that none before it took.
    """
    logits: list[float] = []
    right: list[bool] = []
    for picture, found in zip(pictures, candidates, strict=True):
        counted = np.nonzero(~picture.ignores(found.points))[0]
        kept = found.take(counted)
        truth = picture.points[~picture.ignores(picture.points)]
        near: list[list[int]] = [[] for _ in kept.points]
        if len(truth) and len(kept.points):
            radius_px = radius_um / picture.mpp
            near = list(cKDTree(truth).query_ball_point(kept.points, radius_px))
        taken: set[int] = set()
        for i in np.argsort(-kept.scores, kind="stable"):
            place = kept.points[i]
            free = [n for n in near[i] if n not in taken]
            best = min(free, key=lambda n: float(np.hypot(*(truth[n] - place))), default=None)
            if best is not None:
                taken.add(best)
            p = float(np.clip(kept.scores[i], 1e-6, 1 - 1e-6))
            logits.append(float(np.log(p / (1 - p))))
            right.append(best is not None)
    return np.array(logits), np.array(right, dtype=bool)


def calibrate(logits: Logits, right: Outcomes, threshold: float) -> Calibration:
    """Fit the slope; the offset follows from the threshold, whose score becomes one half."""
    centre = float(np.log(threshold / (1 - threshold)))
    moved = logits - centre

    def loss(slope: float) -> float:
        signed = np.where(right, moved, -moved) * slope
        return float(np.logaddexp(0, -signed).mean())

    slope = 1.0
    if len(logits):
        slope = float(minimize_scalar(loss, bounds=SLOPES, method="bounded").x)
    before, after = (expected_error(1 / (1 + np.exp(-z)), right) for z in (logits, slope * moved))
    return Calibration(slope, -slope * centre, before, after)


def expected_error(scores: Logits, right: Outcomes) -> float:
    """Expected calibration error over ten bins of equal width."""
    if not len(scores):
        return 0.0
    bins = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    total = 0.0
    for b in range(BINS):
        chosen = bins == b
        if chosen.any():
            total += abs(float(scores[chosen].mean()) - float(right[chosen].mean())) * chosen.sum()
    return float(total / len(scores))
