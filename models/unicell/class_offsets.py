"""Offsets of the class logits: which name a nucleus gets when two are nearly as likely.

Training weighs the classes by the root of how rare they are; the mean F-score of the classes may
want another weight. An offset per class moves it (logit adjustment: Menon et al., ICLR 2021). Val
splits are small, so offsets are in coarse steps, and what val gains by them train pictures must not
lose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from .data import LabelledImage
from .predict import Candidates

STEPS = (-0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75)
"""Of a logit, what a class may get."""

PRICE = 0.004
"""Mean F-score that an offset of one must bring, over val and train: small gains are chance."""

Logits = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NamedPairs:
    """What was found of some pictures; pairs do not depend on names, so they are made once.

    Attributes:
        truth: (P,) class of the nucleus of each pair, all known.
        paired: (P, K) class logits of what was paired with it.
        missed: (K,) nuclei of each class without a pair.
        invented: (I, K) class logits of what has no pair.
    """

    truth: npt.NDArray[np.int64]
    paired: Logits
    missed: npt.NDArray[np.int64]
    invented: Logits

    def mean_fc(self, offsets: Logits) -> float:
        """Mean F_c with offsets (K,), as :class:`unicell.score.Tally` counts it."""
        count = len(offsets)
        named = (self.paired + offsets).argmax(1)
        table = np.zeros((count, count), dtype=np.int64)
        np.add.at(table, (self.truth, named), 1)
        invented = np.bincount((self.invented + offsets).argmax(1), minlength=count)
        right = table.diagonal()
        wrong = table.sum(0) + table.sum(1) - 2 * right
        scores = 2 * right / np.maximum(2 * (right + wrong) + invented + self.missed, 1)
        return float(scores.mean())


def pairs_of(
    pictures: Sequence[LabelledImage],
    found: Sequence[Candidates],
    classes: int,
    match_radius_um: float,
) -> NamedPairs:
    """Pair what was found above the threshold with the nuclei, as the score does."""
    truth, paired, missed, invented = [], [], np.zeros(classes, dtype=np.int64), []
    for picture, all_found in zip(pictures, found, strict=True):
        counted = all_found.take(np.nonzero(~picture.ignores(all_found.points))[0])
        is_true = ~picture.ignores(picture.points)
        labels = picture.classes[is_true]
        distance = cdist(picture.points[is_true], counted.points)
        rows, columns = linear_sum_assignment(distance)
        near = distance[rows, columns] <= match_radius_um / picture.mpp
        rows, columns = rows[near], columns[near]
        known = labels[rows] >= 0
        truth.append(labels[rows][known])
        paired.append(counted.logits[columns][known])
        invented.append(np.delete(counted.logits, columns, axis=0))
        lonely = np.delete(labels, rows)
        missed += np.bincount(lonely[lonely >= 0], minlength=classes)
    empty = np.zeros((0, classes))
    return NamedPairs(
        np.concatenate([np.zeros(0, dtype=np.int64), *truth]),
        np.concatenate([empty, *paired]),
        missed,
        np.concatenate([empty, *invented]),
    )


def choose_class_offsets(val: NamedPairs, train: NamedPairs) -> tuple[float, ...]:
    """The offsets with the best mean F_c on both, where neither loses; all zero if there are none.

    One class after the other, again until nothing gets better.
    """
    classes = len(val.missed)
    start = np.zeros(classes)
    least = (val.mean_fc(start), train.mean_fc(start))

    def gain(offsets: Logits) -> float:
        now = (val.mean_fc(offsets), train.mean_fc(offsets))
        if now[0] < least[0] or now[1] < least[1]:
            return -1.0
        return sum(now) - sum(least) - PRICE * float(np.abs(offsets).sum())

    chosen, best = start, 0.0
    improved = classes > 1 and len(val.truth) > 0 and len(train.truth) > 0
    while improved:
        improved = False
        for k in range(classes):
            for step in STEPS:
                tried = chosen.copy()
                tried[k] = step
                if (now := gain(tried)) > best + 1e-9:
                    chosen, best, improved = tried, now, True
    return tuple(float(v) for v in chosen)
