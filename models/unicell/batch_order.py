"""Which pictures come together, and when (UniCell spec 12.3)."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import islice

import numpy as np


def batch_order(
    groups: Sequence[Hashable], batch: int, seed: int, rank: int = 0, processes: int = 1
) -> Iterator[list[int]]:
    """Batches of indices without end, each of one group.

    All pictures are shuffled, again and again; each goes to the bucket of its group, and a bucket
    that is full is a batch. Groups thus come as often as they have pictures.

    Args:
        groups: Per picture what it has in common with the others of its batch.
        batch: Pictures of a batch.
        seed: Of the shuffling, the same in all processes.
        rank, processes: Of several processes each takes every so manieth picture.
    """
    if not groups:
        raise ValueError("there are no pictures to draw batches from")
    buckets: dict[Hashable, list[int]] = {}
    for index in islice(_shuffled(len(groups), seed), rank, None, processes):
        bucket = buckets.setdefault(groups[index], [])
        bucket.append(index)
        if len(bucket) == batch:
            yield list(bucket)
            bucket.clear()


def _shuffled(count: int, seed: int) -> Iterator[int]:
    epoch = 0
    while True:
        yield from np.random.default_rng([seed, epoch]).permutation(count).tolist()
        epoch += 1
