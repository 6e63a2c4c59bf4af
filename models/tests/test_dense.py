"""Targets and losses of the densely supervised first stage."""

import torch

from unicell.dense import DenseMaps, dense_losses, dense_targets
from unicell.sampling import PAD_CLASS, Crops


def crops(points: list[list[float]], classes: list[int]) -> Crops:
    return Crops(torch.zeros(1, 3, 64, 64), torch.tensor([points]), torch.tensor([classes]))


def test_each_nucleus_has_one_positive_cell_and_cells_point_at_the_nearest() -> None:
    labelled = crops([[9.0, 9.0], [20.5, 9.5], [0.0, 0.0]], [0, 1, PAD_CLASS])
    targets = dense_targets(labelled, 32, 2.0)
    assert targets.positive.nonzero()[:, 1].tolist() == [4 * 32 + 4, 4 * 32 + 10]
    cell = 4 * 32 + 8
    assert targets.near[0, cell]
    assert targets.classes[0, cell] == 1
    torch.testing.assert_close(targets.offsets[0, cell], torch.tensor([3.5, 0.5]))
    assert not targets.near[0, 31 * 32 + 31]


def test_two_nuclei_in_one_cell_do_not_disturb_each_other() -> None:
    targets = dense_targets(crops([[9.0, 9.0], [9.4, 9.0]], [0, 1]), 32, 2.0)
    assert int(targets.positive.sum()) == 1


def test_a_nucleus_of_unknown_class_gives_no_class_loss() -> None:
    labelled = crops([[9.0, 9.0]], [-1])
    targets = dense_targets(labelled, 32, 2.0)
    maps = DenseMaps(
        torch.zeros(1, 1024), torch.zeros(1, 1024, 2), torch.randn(1, 1024, 2), 32, 2.0
    )
    losses = dense_losses(maps, targets, torch.ones(2), labelled.valid.sum())
    assert float(losses["dense_class"]) == 0
    assert float(losses["dense_object"]) > 0


def test_a_perfect_prediction_costs_next_to_nothing() -> None:
    labelled = crops([[9.0, 9.0], [41.0, 30.5]], [0, 1])
    targets = dense_targets(labelled, 32, 2.0)
    classes = torch.nn.functional.one_hot(targets.classes.clamp(min=0), 2).float() * 30
    perfect = DenseMaps(targets.positive.float() * 24 - 12, targets.offsets, classes, 32, 2.0)
    losses = dense_losses(perfect, targets, torch.ones(2), labelled.valid.sum())
    assert all(float(loss) < 0.02 for loss in losses.values())
