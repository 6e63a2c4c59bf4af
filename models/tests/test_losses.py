from __future__ import annotations

import math

import pytest
import torch

from unicell.config import LossConfig
from unicell.losses import StageOutputs, ignored_queries, sigmoid_focal_loss, stage_losses
from unicell.matching import Assignment
from unicell.targets import UNKNOWN_CLASS, Targets


def assignment() -> Assignment:
    """Of three queries the first stands for a nucleus of class 1, the second of unknown class."""
    return Assignment(
        torch.tensor([[True, True, False]]),
        torch.tensor([[1, UNKNOWN_CLASS, UNKNOWN_CLASS]]),
        torch.tensor([[[0.5, 0.5], [0.1, 0.1], [0.0, 0.0]]]),
    )


def outputs() -> StageOutputs:
    logits = torch.tensor([[[-1.0, 2.0], [0.5, 0.5], [1.0, -4.0]]], requires_grad=True)
    points = torch.tensor([[[0.8, 0.9], [0.1, 0.1], [0.3, 0.3]]], requires_grad=True)
    return StageOutputs(logits, points)


def focal(logit: float, target: int) -> float:
    p = 1 / (1 + math.exp(-logit))
    if target:
        return -0.25 * (1 - p) ** 2 * math.log(p)
    return -0.75 * p**2 * math.log(1 - p)


@pytest.mark.parametrize("target", [0, 1])
@pytest.mark.parametrize("logit", [-8.0, -0.3, 0.0, 2.0])
def test_focal_loss(logit: float, target: int) -> None:
    loss = sigmoid_focal_loss(torch.tensor(logit), torch.tensor(float(target)))
    assert float(loss) == pytest.approx(focal(logit, target), rel=1e-5)


def test_stage() -> None:
    losses = stage_losses(outputs(), assignment(), LossConfig(), class_weight=3.0)
    class_loss, point_loss = (loss.detach() for loss in losses)
    first = focal(-1.0, 0) + focal(2.0, 1)
    last = focal(1.0, 0) + focal(-4.0, 0)
    assert float(class_loss) == pytest.approx(3.0 * (first + last) / 2, rel=1e-5)
    assert float(point_loss) == pytest.approx(5.0 * (0.3 + 0.4) / 2, rel=1e-5)


def test_euclidean_distance_has_a_gradient_at_an_exact_hit() -> None:
    stage = outputs()
    _, loss = stage_losses(stage, assignment(), LossConfig(distance="euclidean"))
    assert float(loss.detach()) == pytest.approx(5.0 * 0.5 / 2, rel=1e-4)
    loss.backward()
    assert stage.points.grad is not None
    assert stage.points.grad.isfinite().all()


def test_a_nucleus_of_unknown_class_is_located_and_not_named() -> None:
    stage = outputs()
    sum(stage_losses(stage, assignment(), LossConfig())).backward()  # type: ignore[union-attr]
    assert stage.logits.grad is not None
    assert stage.logits.grad[0, 1].abs().max() == 0
    assert stage.logits.grad[0, 2].abs().min() > 0


def test_a_batch_without_nuclei_is_finite() -> None:
    stage = outputs()
    losses = stage_losses(stage, Assignment.empty(1, 3, torch.device("cpu")), LossConfig())
    assert all(loss.isfinite() for loss in losses)
    assert float(losses[1].detach()) == 0.0


def test_a_query_at_an_ignored_place_may_say_anything() -> None:
    """Unless it stands for a nucleus: the first two do, the third points into the box."""
    stage = outputs()
    box = torch.tensor([[0.25, 0.25, 1.0, 1.0]])
    none = torch.zeros(0, 2)
    targets = Targets(torch.zeros(0, dtype=torch.int64), none, none, box)
    ignored = ignored_queries(stage.points, [targets])
    assert ignored is not None
    assert ignored.tolist() == [[True, False, True]]
    class_loss, point_loss = stage_losses(stage, assignment(), LossConfig(), ignored=ignored)
    (class_loss + point_loss).backward()
    assert stage.logits.grad is not None
    assert stage.logits.grad[0].abs().amin(1).gt(0).tolist() == [True, False, False]
    assert float(class_loss.detach()) == pytest.approx((focal(-1, 0) + focal(2, 1)) / 2, rel=1e-5)
    assert ignored_queries(stage.points, [Targets(targets.labels, none, none)]) is None
