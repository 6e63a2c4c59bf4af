"""Matching and denoising of the decoder."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import torch
from tiny import tiny_preset

from unicell.dataset_part import FILLER, Memory, Queries
from unicell.guided import GuidedUniCell
from unicell.sampling import PAD_CLASS, Crops
from unicell.set_loss import blocked_pairs, make_denoising, match, query_losses

CROPS = Crops(
    torch.zeros(1, 3, 64, 64),
    torch.tensor([[[10.0, 10.0], [40.0, 40.0], [0.0, 0.0]]]),
    torch.tensor([[1, -1, PAD_CLASS]]),
)


MEANS = {"nuclei": 2.0, "own": 2.0, "named": 1.0}


def queries(points: list[list[float]], objectness: list[float]) -> Queries:
    classes = torch.zeros(1, len(points), 3)
    return Queries(torch.tensor([objectness]), classes, torch.tensor([points]))


def test_nuclei_take_the_near_queries_and_fillers_take_none() -> None:
    found = queries(
        [[10.0, 10.0], [11.0, 10.0], [39.0, 40.0], [60.0, 5.0]], [FILLER, 1.0, 0.0, 2.0]
    )
    matches = match(found, CROPS, ThreadPoolExecutor(1))
    assert sorted(zip(matches.query.tolist(), matches.nucleus.tolist(), strict=True)) == [
        (1, 0),
        (2, 1),
    ]


def test_a_far_query_is_no_match() -> None:
    matches = match(queries([[25.0, 25.0]], [3.0]), CROPS, ThreadPoolExecutor(1))
    assert len(matches.query) == 0


def test_fillers_cost_nothing() -> None:
    found = queries([[10.0, 10.0], [40.0, 40.0]], [9.0, 9.0])
    padded = queries([[10.0, 10.0], [40.0, 40.0], [3.0, 3.0]], [9.0, 9.0, FILLER])
    pool = ThreadPoolExecutor(1)
    losses = [
        query_losses(q, match(q, CROPS, pool), CROPS, torch.ones(3), MEANS) for q in (found, padded)
    ]
    assert losses[0] == losses[1]


def test_a_query_that_is_exactly_right_has_a_gradient() -> None:
    # The sigmoid of these logits is 1 and 0 to the last digit.
    logits = torch.tensor([[40.0, -200.0]], requires_grad=True)
    found = Queries(logits, torch.zeros(1, 2, 3), torch.tensor([[[10.0, 10.0], [60.0, 5.0]]]))
    matches = match(found, CROPS, ThreadPoolExecutor(1))
    query_losses(found, matches, CROPS, torch.ones(3), MEANS)["object"].backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert bool(torch.isfinite(logits.grad).all())


def test_a_query_in_an_ignored_place_costs_nothing() -> None:
    ignored = torch.zeros(1, 64, 64, dtype=torch.bool)
    ignored[:, :10, 50:] = True
    crops = replace(CROPS, ignored=ignored)
    pool = ThreadPoolExecutor(1)
    losses = []
    for extra in ([], [[60.0, 5.0]]):
        found = queries([[10.0, 10.0], [40.0, 40.0], *extra], [1.0, 1.0, *(3.0 for _ in extra)])
        losses.append(query_losses(found, match(found, crops, pool), crops, torch.ones(3), MEANS))
    assert losses[0] == losses[1]


def test_queries_of_a_borrowed_crop_learn_names_and_places_but_no_objectness() -> None:
    found = queries([[11.0, 10.0], [40.0, 40.0], [60.0, 5.0]], [1.0, 1.0, 3.0])
    pool = ThreadPoolExecutor(1)
    own, borrowed = (
        query_losses(found, match(found, crops, pool), crops, torch.ones(3), MEANS)
        for crops in (CROPS, replace(CROPS, borrowed=torch.tensor([True])))
    )
    assert float(own["object"]) > 0
    assert borrowed == own | {"object": torch.tensor(0.0)}


def test_denoising_groups_are_hidden_from_queries_and_each_other() -> None:
    blocked = blocked_pairs(8, 4, 3, torch.device("cpu"))
    assert not blocked[:4, :4].any()
    assert blocked[:4, 4:8].all()
    assert blocked[8:, :8].all()
    assert not blocked[:, 8:].any()


def test_denoised_copies_are_near_or_off_their_nucleus() -> None:
    model = GuidedUniCell(tiny_preset())
    memory = Memory(torch.randn(1, 16 * 16, 64), torch.randn(1, 8 * 8 + 4 * 4 + 2 * 2, 32))
    maps = model.part.dense_maps(memory.fine, 1)
    noise = make_denoising(model.part, maps, memory, CROPS, None, 1, groups=2)
    assert noise is not None
    distance = (noise.queries.points - noise.points).norm(dim=-1)
    repaired = noise.valid & (noise.target == 1)
    rejected = noise.valid & (noise.target == 0)
    assert int(repaired.sum()) == int(rejected.sum()) == 4
    assert float(distance[repaired].max()) <= 3.01
    assert float(distance[rejected].min()) >= 4.99
