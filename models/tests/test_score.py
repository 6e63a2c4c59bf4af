"""F-scores by hand."""

import numpy as np

from unicell.score import Tally


def test_counts_of_a_small_picture() -> None:
    tally = Tally.empty(2)
    truth = np.array([[0, 0], [20, 0], [40, 0], [60, 0]], dtype=np.float32)
    found = np.array([[1, 0], [21, 0], [48, 0], [61, 0]], dtype=np.float32)
    tally.add(truth, np.array([0, 1, 0, -1]), found, np.array([0, 0, 1, 1]), 6)
    assert (tally.tp, tally.fp, tally.fn) == (3, 1, 1)
    assert tally.fd == 6 / 8
    # Class 0: one right, one called 0 that is 1, one missed. Class 1: one called 0, one false.
    np.testing.assert_allclose(tally.fc, [2 / (2 * 2 + 1), 0])


def test_nothing_found_and_nothing_there() -> None:
    tally = Tally.empty(1)
    none = np.zeros((0, 2), dtype=np.float32)
    tally.add(none, np.zeros(0, dtype=np.int64), none, np.zeros(0, dtype=np.int64), 6)
    assert tally.fd == 0
