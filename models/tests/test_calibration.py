"""Calibrated scores: the threshold becomes one half, and scores say how often they are right."""

import numpy as np
import pytest
from tiny import draw_image

from unicell.calibration import calibrate, expected_error, outcomes
from unicell.predict import Candidates


def drawn(slope: float, offset: float, count: int = 20000) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Logits of which ``slope * logit + offset`` says how often they are right."""
    rng = np.random.default_rng(0)
    logits = rng.normal(-1, 2, count)
    return logits, rng.random(count) < 1 / (1 + np.exp(-(slope * logits + offset)))


def test_the_threshold_becomes_one_half_and_order_stays() -> None:
    logits, right = drawn(0.8, 1.0)
    fit = calibrate(logits, right, 0.2)
    at = float(np.log(0.2 / 0.8))
    assert fit.slope * at + fit.offset == pytest.approx(0, abs=1e-9)
    assert fit.slope > 0


def test_a_fit_finds_the_slope_that_was_drawn() -> None:
    slope, threshold = 1.7, 0.3
    centre = float(np.log(threshold / (1 - threshold)))
    logits, right = drawn(slope, -slope * centre)
    fit = calibrate(logits, right, threshold)
    assert fit.slope == pytest.approx(slope, rel=0.05)
    assert fit.ece_after < 0.02 < fit.ece_before


def test_scores_that_are_right_have_no_error() -> None:
    scores = np.repeat([0.05, 0.95], 1000)
    right = np.concatenate([np.arange(1000) < 50, np.arange(1000) < 950])
    assert expected_error(scores, right) == pytest.approx(0, abs=1e-9)
    assert expected_error(1 - scores, right) == pytest.approx(0.9, abs=1e-9)
    assert expected_error(np.zeros(0), np.zeros(0, dtype=bool)) == 0


def test_two_candidates_do_not_find_one_nucleus() -> None:
    picture = draw_image(1, 2)
    places = np.concatenate([picture.points, picture.points[:3] + 0.2, [[0.0, 0.0]]])
    scores = np.concatenate([np.full(len(picture.points), 0.9), np.full(4, 0.5)])
    logits = np.zeros((len(places), 2), dtype=np.float32)
    found = Candidates(places.astype(np.float32), scores.astype(np.float32), logits)
    z, right = outcomes([picture], [found], 3.0)
    assert int(right.sum()) == len(picture.points)
    assert not right[z < 1].any()


def test_without_candidates_scores_stay() -> None:
    fit = calibrate(np.zeros(0), np.zeros(0, dtype=bool), 0.4)
    assert fit.slope == 1.0
