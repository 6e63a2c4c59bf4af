"""Detection and classification F-scores, as the paper's released code counts them (spec 13.5).

These serve the choice of thresholds during training; the scores that are published come from the
TypeScript core.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

Points = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


@dataclass
class Tally:
    """Counts over a data set.

    Attributes:
        tp, fp, fn: detection.
        classes: (K, 5): paired as k in both, predicted only, true only; unpaired predicted, true.
    """

    tp: int
    fp: int
    fn: int
    classes: npt.NDArray[np.int64]

    @staticmethod
    def empty(classes: int) -> Tally:
        """Nothing counted yet."""
        return Tally(0, 0, 0, np.zeros((classes, 5), dtype=np.int64))

    def add(
        self, truth: Points, truth_class: Labels, found: Points, found_class: Labels, radius: float
    ) -> None:
        """Count one picture. A true class below zero is unknown and counts for detection alone."""
        rows = columns = np.zeros(0, dtype=np.int64)
        if len(truth) and len(found):
            distance = cdist(truth, found)
            rows, columns = linear_sum_assignment(distance)
            near = distance[rows, columns] <= radius
            rows, columns = rows[near], columns[near]
        self.tp += len(rows)
        self.fp += len(found) - len(columns)
        self.fn += len(truth) - len(rows)
        lonely_truth = np.delete(truth_class, rows)
        lonely_found = np.delete(found_class, columns)
        a, b = truth_class[rows], found_class[columns]
        known = a >= 0
        a, b = a[known], b[known]
        for k in range(len(self.classes)):
            self.classes[k] += [
                int(((a == k) & (b == k)).sum()),
                int(((a != k) & (b == k)).sum()),
                int(((a == k) & (b != k)).sum()),
                int((lonely_found == k).sum()),
                int((lonely_truth == k).sum()),
            ]

    def __add__(self, other: Tally) -> Tally:
        """Counts of both."""
        return Tally(
            self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.classes + other.classes
        )

    @property
    def fd(self) -> float:
        """Detection F-score."""
        return 2 * self.tp / max(2 * self.tp + self.fp + self.fn, 1)

    @property
    def fc(self) -> npt.NDArray[np.float64]:
        """Classification F-score of each class."""
        tp, fp, fn, fpd, fnd = self.classes.T
        result: npt.NDArray[np.float64] = 2 * tp / np.maximum(2 * (tp + fp + fn) + fpd + fnd, 1)
        return result
