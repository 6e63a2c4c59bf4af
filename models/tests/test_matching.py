from __future__ import annotations

import itertools

import pytest
import torch

from unicell.config import Distance, LossConfig
from unicell.matching import match, matching_cost
from unicell.targets import UNKNOWN_CLASS, Targets


def targets(points: list[list[float]], labels: list[int]) -> Targets:
    places = torch.tensor(points).reshape(-1, 2)
    return Targets(torch.tensor(labels, dtype=torch.long), places, torch.zeros_like(places))


def test_cost_of_one_pair() -> None:
    cost = matching_cost(
        torch.zeros(1, 2),
        torch.tensor([[0.1, 0.2]]),
        targets([[0.4, 0.6]], [1]),
        LossConfig(),
    )
    # At a probability of one half: (0.25 - 0.75) * 0.25 * ln 2.
    expected = 2.0 * (0.25 - 0.75) * 0.25 * 0.6931472 + 5.0 * (0.3 + 0.4)
    assert float(cost) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("distance", "length"), [("l1", 0.7), ("euclidean", 0.5)])
def test_distance_is_a_choice(distance: Distance, length: float) -> None:
    config = LossConfig(class_cost=0.0, distance=distance)
    cost = matching_cost(
        torch.zeros(1, 2), torch.tensor([[0.1, 0.2]]), targets([[0.4, 0.6]], [0]), config
    )
    assert float(cost) == pytest.approx(5.0 * length, rel=1e-5)


def test_the_sum_is_the_smallest() -> None:
    torch.manual_seed(0)
    logits, points = torch.randn(1, 6, 3), torch.rand(1, 6, 2)
    target = targets(torch.rand(4, 2).tolist(), [0, 1, 2, 1])
    cost = matching_cost(logits[0], points[0], target, LossConfig())
    best = min(
        float(cost[list(queries), range(4)].sum())
        for queries in itertools.permutations(range(6), 4)
    )
    found = match(logits, points, [target], LossConfig())
    total = 0.0
    for query in found.positive[0].nonzero().flatten():
        nucleus = (target.points == found.points[0, query]).all(1).nonzero().item()
        assert found.labels[0, query] == target.labels[nucleus]
        total += float(cost[query, nucleus])
    assert int(found.positive.sum()) == 4
    assert total == pytest.approx(best, rel=1e-5)


def test_an_unknown_class_costs_what_the_best_class_costs() -> None:
    logits = torch.tensor([[3.0, -3.0], [-3.0, -3.0]])
    points = torch.full((2, 2), 0.5)
    unknown = matching_cost(logits, points, targets([[0.5, 0.5]], [UNKNOWN_CLASS]), LossConfig())
    known = matching_cost(logits, points, targets([[0.5, 0.5]], [0]), LossConfig())
    torch.testing.assert_close(unknown, known)


@pytest.mark.parametrize(("queries", "nuclei", "pairs"), [(3, 0, 0), (2, 5, 2)])
def test_numbers_that_differ(queries: int, nuclei: int, pairs: int) -> None:
    target = targets(torch.rand(nuclei, 2).tolist(), [0] * nuclei)
    found = match(torch.zeros(1, queries, 2), torch.rand(1, queries, 2), [target], LossConfig())
    assert int(found.positive.sum()) == pairs
