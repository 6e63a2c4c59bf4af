from __future__ import annotations

import pytest
import torch

from unicell.denoising import ContrastiveDenoising
from unicell.prompt import Variant
from unicell.targets import UNKNOWN_CLASS, Targets


def picture(count: int, seed: int = 0) -> Targets:
    generator = torch.Generator().manual_seed(seed)
    return Targets(
        torch.randint(3, (count,), generator=generator),
        0.2 + 0.6 * torch.rand(count, 2, generator=generator),
        torch.tensor([[0.02, 0.01]]).expand(count, 2),
    )


def build(noise: Variant = "paper", queries: int = 40) -> ContrastiveDenoising:
    torch.manual_seed(0)
    return ContrastiveDenoising([3, 5], 8, queries=queries, noise=noise)


@pytest.mark.parametrize("noise", ["paper", "official"])
def test_what_the_queries_should_say(noise: Variant) -> None:
    targets = [picture(7), picture(4, seed=1)]
    made = build(noise)(targets, 0)
    groups = 40 // 7
    assert made.count == 2 * groups * 7
    for i, target in enumerate(targets):
        positive = made.assignment.positive[i].reshape(groups, 2, 7)
        assert positive[:, 0, : len(target)].all()
        assert int(positive.sum()) == groups * len(target)
        labels = made.assignment.labels[i].reshape(groups, 2, 7)
        points = made.assignment.points[i].reshape(groups, 2, 7, 2)
        for g in range(groups):
            assert torch.equal(labels[g, 0, : len(target)], target.labels)
            assert torch.equal(points[g, 0, : len(target)], target.points)
        assert (labels[:, 1] == UNKNOWN_CLASS).all()
    unused = made.content[1].reshape(groups, 2, 7, 8)[:, :, 4:]
    assert unused.abs().max() == 0


def test_paper_noise_keeps_negatives_away() -> None:
    target = picture(20)
    made = build(queries=2000)([target], 0)
    places = made.reference_logits.sigmoid().reshape(-1, 2, 20, 2)
    away = ((places - target.points) / target.sizes).norm(dim=-1)
    assert away[:, 0].max() < 0.5 + 1e-3
    assert away[:, 1].min() > 0.5 - 1e-3
    assert away[:, 1].max() < 1.0 + 1e-3


def test_official_noise_brings_negatives_near() -> None:
    target = picture(20)
    made = build("official", queries=2000)([target], 0)
    places = made.reference_logits.sigmoid().reshape(-1, 2, 20, 2)
    away = ((places - target.points) / target.sizes).abs()
    assert away[:, 0].max() < 0.5 + 1e-3
    assert away[:, 1].max() < 1.0 + 1e-3
    assert float((away[:, 1] < 0.25).float().mean()) == pytest.approx(0.5, abs=0.05)


def test_share_of_changed_labels() -> None:
    labels = torch.zeros(20000, dtype=torch.long)
    noisy = build().noisy_labels(labels, 1, torch.Generator().manual_seed(0))
    # A quarter is redrawn among five classes, the true one included.
    assert float((noisy != 0).float().mean()) == pytest.approx(0.25 * 0.8, abs=0.01)
    assert set(noisy.tolist()) == set(range(5))


def test_who_sees_whom() -> None:
    made = build(queries=4)([picture(2)], 0)
    assert (made.count, made.group_size) == (8, 4)
    blocked = made.blocked(3)
    assert blocked[8:, :8].all()
    assert not blocked[:, 8:].any()
    assert not blocked[:4, :4].any()
    assert blocked[:4, 4:8].all()


@pytest.mark.parametrize("labels", [[], [UNKNOWN_CLASS, UNKNOWN_CLASS]])
def test_without_known_nuclei_there_are_no_queries(labels: list[int]) -> None:
    count = len(labels)
    target = Targets(
        torch.tensor(labels, dtype=torch.long), torch.rand(count, 2), torch.ones(count, 2)
    )
    made = build()([target, target], 0)
    assert made.count == 0
    assert made.content.shape == (2, 0, 8)
    assert not made.blocked(3).any()


def test_a_generator_makes_it_repeatable() -> None:
    runs = [build()([picture(5)], 0, torch.Generator().manual_seed(3)) for _ in range(2)]
    assert torch.equal(runs[0].reference_logits, runs[1].reference_logits)
