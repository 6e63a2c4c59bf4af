"""Choose threshold, suppression radius and exit of every data set on its val split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from .data import LabelledImage
from .guided import GuidedUniCell
from .predict import Candidates, predict, suppress
from .score import Tally

RADII_UM = (1.5, 2.0, 2.5, 3.0)
THRESHOLDS = tuple(round(0.1 + 0.05 * i, 3) for i in range(17))

Exit = Literal["decoder", "dense"]
EXITS: tuple[Exit, ...] = ("decoder", "dense")
"""Where a model may stop: after its decoder, or after its densely supervised first stage."""


@dataclass(frozen=True)
class Choice:
    """An operating point of a data set, and its scores on the pictures it was chosen on.

    Attributes:
        exit: where the model stops.
        threshold, radius_um: of the score, and of suppression.
        fd, fc, classes: F_d, mean F_c, F_c of each class.
        selection_score: F_d + F_c, averaged with those of the neighbouring thresholds
            (1:2:3:2:1).
    """

    exit: Exit
    threshold: float
    radius_um: float
    fd: float
    fc: float
    classes: list[float]
    selection_score: float = 0.0


def score(
    pictures: list[LabelledImage],
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
        true, counted = ~picture.ignores(picture.points), ~picture.ignores(found.points)
        tally.add(
            picture.points[true],
            picture.classes[true],
            found.points[counted],
            labels[counted],
            radius,
        )
    return tally


def choose_operating_point(
    model: GuidedUniCell,
    pictures: list[LabelledImage],
    dataset: int,
    exit_: Exit,
    radii_um: Sequence[float] = RADII_UM,
    averaged: Sequence[int] | None = None,
    thresholds: Sequence[float] = THRESHOLDS,
    beside: Sequence[LabelledImage] = (),
) -> Choice:
    """Find the threshold and the radius with the largest selection score for one exit.

    F_c is the mean over the classes ``averaged``, or over all of them.

    The ungated assignment of the score makes it jump by some hundredths between neighbouring
    thresholds on a few pictures, so the choice looks at each threshold and two on either side.

    Args:
        model, dataset, exit_: what is looked at.
        pictures: the scores of the choice are of these.
        radii_um, thresholds: what is tried.
        averaged: classes of F_c.
        beside: pictures that have a say in the choice alone.
    """
    config = model.preset.datasets[dataset]
    decode = exit_ == "decoder"
    every = [*pictures, *beside]
    raw = [predict(model, p, dataset, decode=decode) for p in every]

    def choice_of(tally: Tally, threshold: float, radius: float) -> Choice:
        classes = [float(v) for v in tally.fc]
        counted = classes if averaged is None else [classes[k] for k in averaged]
        return Choice(exit_, threshold, radius, tally.fd, sum(counted) / len(counted), classes)

    best, chosen = -1.0, None
    for radius in radii_um:
        kept = [suppress(c, radius / model.preset.mpp) for c in raw]
        own: list[Choice] = []
        joint: list[Choice] = []
        for threshold in thresholds:
            args = (len(config.classes), threshold, config.match_radius_um)
            seen = score(pictures, kept[: len(pictures)], *args)
            own.append(choice_of(seen, threshold, radius))
            others = score(list(beside), kept[len(pictures) :], *args)
            joint.append(choice_of(seen + others, threshold, radius))
        for choice, of_own, of_all in zip(own, smoothed(own), smoothed(joint), strict=True):
            if of_all > best:
                best, chosen = of_all, replace(choice, selection_score=of_own)
    assert chosen is not None
    return chosen


def smoothed(line: Sequence[Choice]) -> list[float]:
    """F_d + F_c of neighbouring thresholds, each averaged with two on either side (1:2:3:2:1)."""
    sums = [choice.fd + choice.fc for choice in line]
    padded = [sums[0], sums[0], *sums, sums[-1], sums[-1]]
    weights = (1, 2, 3, 2, 1)
    return [
        sum(w * v for w, v in zip(weights, padded[i : i + 5], strict=True)) / sum(weights)
        for i in range(len(sums))
    ]
