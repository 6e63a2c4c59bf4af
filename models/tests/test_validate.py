"""What threshold and radius are chosen, by predictions that are written down."""

import numpy as np
import pytest
from tiny import tiny_preset

from unicell import validate
from unicell.data import LabelledImage
from unicell.guided import GuidedUniCell
from unicell.predict import Candidates
from unicell.validate import Choice, choose_operating_point, smoothed


def picture(name: str) -> LabelledImage:
    """Two nuclei, 40 px from each other."""
    points = np.array([[20, 20], [60, 20]], dtype=np.float32)
    return LabelledImage(
        name, np.zeros((80, 80, 3), np.uint8), points, np.zeros(2, dtype=np.int64), 0.5
    )


def found(*scores: float) -> Candidates:
    """Both nuclei, and places where there is none."""
    points = [[20, 20], [60, 20], [20, 70], [60, 70]][: len(scores)]
    logits = np.tile(np.float32([1, 0]), (len(scores), 1))
    return Candidates(np.array(points, np.float32), np.array(scores, np.float32), logits)


def test_one_picture_does_not_choose_against_many(monkeypatch: pytest.MonkeyPatch) -> None:
    # On the picture of val nothing below 0.7 is a nucleus, on all others everything above 0.4 is.
    answers = {"val": found(0.9, 0.8, 0.62, 0.62)}
    answers |= {f"train{i}": found(0.9, 0.45, 0.2, 0.2) for i in range(8)}
    monkeypatch.setattr(validate, "predict", lambda _model, one, *_, **__: answers[one.name])
    model = GuidedUniCell(tiny_preset()).eval()
    val = [picture("val")]
    alone = choose_operating_point(model, val, 0, "dense")
    assert alone.threshold > 0.62
    others = [picture(name) for name in answers if name != "val"]
    beside = choose_operating_point(model, val, 0, "dense", beside=others)
    assert 0.2 < beside.threshold <= 0.45
    # The scores are those of val at that threshold: two nuclei, two that are none.
    assert beside.fd == pytest.approx(2 * 2 / (2 * 2 + 2))
    assert alone.fd == 1


def test_a_threshold_counts_with_two_on_either_side() -> None:
    line = [Choice("dense", i / 10, 2.0, fd, 0.0, []) for i, fd in enumerate((0, 0, 9, 0, 0, 0))]
    assert smoothed(line) == pytest.approx([1, 2, 3, 2, 1, 0])
