"""Sampling: batches of one data set, all pictures as often, and the same when asked again."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from unicell.batch_order import batch_order

GROUPS = [*[(0, True)] * 5, *[(0, False)] * 3, *[(1, False)] * 12]


def first(count: int, batch: int = 2, seed: int = 3, **of: int) -> list[list[int]]:
    return list(islice(batch_order(GROUPS, batch, seed, **of), count))


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_a_batch_is_of_one_group(batch: int) -> None:
    for indices in first(100, batch):
        assert len(indices) == batch
        assert len({GROUPS[index] for index in indices}) == 1


def test_every_picture_comes_as_often() -> None:
    counts = Counter(index for indices in first(200) for index in indices)
    assert set(counts) == set(range(len(GROUPS)))
    # 400 draws of 20 pictures; what waits in a bucket is missing.
    assert all(18 <= count <= 22 for count in counts.values())


def test_the_order_depends_on_the_seed_alone() -> None:
    assert first(40) == first(40)
    assert first(40) != first(40, seed=4)
    assert len({tuple(indices) for indices in first(40)}) > 20


def test_processes_share_the_pictures() -> None:
    alone = Counter(i for indices in first(200, 1) for i in indices)
    parts = [first(100, 1, rank=rank, processes=2) for rank in range(2)]
    assert alone == Counter(i for part in parts for indices in part for i in indices)
    assert parts[0] != parts[1]


def test_no_picture_is_an_error() -> None:
    with pytest.raises(ValueError, match="no pictures"):
        next(batch_order([], 2, 0))
