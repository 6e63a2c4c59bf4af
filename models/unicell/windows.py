"""Windows over a picture: what the model sees, and the core of each that it alone answers for.

The plan is the one of the TypeScript core (``shared/tiling``): windows spread evenly, the border
between two cores in the middle of their overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Span:
    """A window along one axis: it sees ``[start, start + window)`` and owns ``[low, high)``."""

    start: int
    low: int
    high: int


def plan_axis(length: int, window: int, halo: int) -> list[Span]:
    """Windows along one axis with at least ``2 * halo`` pixels of overlap between neighbours."""
    if length <= window:
        return [Span(0, 0, length)]
    step = window - 2 * halo
    count = -(-(length - 2 * halo) // step)
    starts = [(i * (length - window)) // (count - 1) for i in range(count)]
    borders = [(a + window + b) // 2 for a, b in pairwise(starts)]
    lows = [0, *borders]
    highs = [*borders, length]
    return [Span(s, lo, hi) for s, lo, hi in zip(starts, lows, highs, strict=True)]
