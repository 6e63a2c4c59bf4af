"""Targets and losses of the densely supervised first stage."""

from dataclasses import replace

import torch

from unicell.dense import DenseMaps, dense_losses, dense_targets
from unicell.sampling import PAD_CLASS, Crops

MEANS = {"nuclei": 1.0, "near": 1.0, "known": 1.0}


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
    losses = dense_losses(maps, targets, torch.ones(2), MEANS)
    assert float(losses["dense_class"]) == 0
    assert float(losses["dense_object"]) > 0


def test_a_perfect_prediction_costs_next_to_nothing() -> None:
    labelled = crops([[9.0, 9.0], [41.0, 30.5]], [0, 1])
    targets = dense_targets(labelled, 32, 2.0)
    classes = torch.nn.functional.one_hot(targets.classes.clamp(min=0), 2).float() * 30
    perfect = DenseMaps(targets.positive.float() * 24 - 12, targets.offsets, classes, 32, 2.0)
    losses = dense_losses(perfect, targets, torch.ones(2), MEANS)
    assert all(float(loss) < 0.02 for loss in losses.values())


def test_every_nucleus_weighs_the_same_in_whatever_crop() -> None:
    one = crops([[9.0, 9.0]], [0])
    two = crops([[9.0, 9.0], [41.0, 31.0]], [0, 0])
    maps = DenseMaps(
        torch.zeros(1, 1024), torch.zeros(1, 1024, 2), torch.zeros(1, 1024, 2), 32, 2.0
    )
    losses = [
        dense_losses(maps, dense_targets(c, 32, 2.0), torch.ones(2), MEANS) for c in (one, two)
    ]
    for name in ("dense_offset", "dense_class"):
        torch.testing.assert_close(losses[1][name], 2 * losses[0][name])


def test_a_borrowed_crop_teaches_names_and_places_but_no_objectness() -> None:
    labelled = crops([[9.0, 9.0], [41.0, 31.0]], [0, 1])
    both = Crops(*(torch.cat([t, t]) for t in (labelled.images, labelled.points, labelled.classes)))
    targets = dense_targets(replace(both, borrowed=torch.tensor([False, True])), 32, 2.0)
    counts = dense_targets(labelled, 32, 2.0).counts()
    expected = {"nuclei": 2, "near": 2 * counts["near"], "known": 2 * counts["known"]}
    assert targets.counts() == expected
    leaves = [torch.zeros(2, 1024), torch.zeros(2, 1024, 2), torch.zeros(2, 1024, 2)]
    for leaf in leaves:
        leaf.requires_grad_()
    losses = dense_losses(DenseMaps(*leaves, 32, 2.0), targets, torch.ones(2), MEANS)
    torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
    touched = [leaf.grad.flatten(1).abs().sum(1) > 0 for leaf in leaves if leaf.grad is not None]
    assert [flags.tolist() for flags in touched] == [[True, False], [True, True], [True, True]]


def test_nothing_is_learnt_where_it_is_ignored() -> None:
    ignored = torch.zeros(1, 64, 64, dtype=torch.bool)
    ignored[:, :20, :20] = True
    labelled = replace(crops([[9.0, 9.0], [41.0, 31.0]], [0, 1]), ignored=ignored)
    targets = dense_targets(labelled, 32, 2.0)
    assert targets.counts()["nuclei"] == 1
    leaves = [torch.zeros(1, 1024), torch.zeros(1, 1024, 2), torch.zeros(1, 1024, 2)]
    for leaf in leaves:
        leaf.requires_grad_()
    losses = dense_losses(DenseMaps(*leaves, 32, 2.0), targets, torch.ones(2), MEANS)
    torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
    for leaf in leaves:
        assert leaf.grad is not None
        touched = leaf.grad.reshape(32, 32, -1).abs().sum(-1) > 0
        assert not touched[:10, :10].any()
        assert touched[10:, 10:].any()
