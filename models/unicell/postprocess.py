"""From class logits and points to nuclei (UniCell spec section 11)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

OFFICIAL_LIMIT = 300
"""Pairs of query and class that the released code keeps per picture."""


@dataclass(frozen=True)
class Nuclei:
    """Nuclei of one picture, best first.

    Attributes:
        scores: (n,) probabilities.
        labels: (n,) int64, class in head order.
        points: (n, 2) as (x, y).
    """

    scores: Tensor
    labels: Tensor
    points: Tensor


def best_pairs(logits: Tensor, points: Tensor, limit: int = OFFICIAL_LIMIT) -> Nuclei:
    """The best pairs of query and class, as the released code takes them.

    A query may come twice, with two classes, and a crowded picture is cut off at ``limit``.

    Args:
        logits: (Q, classes) of one picture.
        points: (Q, 2), normalised.
        limit: Number of pairs to keep.
    """
    scores, pairs = logits.sigmoid().flatten().topk(min(limit, logits.numel()))
    queries = torch.div(pairs, logits.shape[-1], rounding_mode="floor")
    return Nuclei(scores, pairs % logits.shape[-1], points[queries])


def one_class_per_query(logits: Tensor, points: Tensor) -> Nuclei:
    """Every query once, with its best class; arguments as for :func:`best_pairs`."""
    scores, labels = logits.sigmoid().max(-1)
    scores, order = scores.sort(descending=True, stable=True)
    return Nuclei(scores, labels[order], points[order])


def to_pixels(
    points: Tensor, size: tuple[int, int], scale: tuple[float, float] = (1.0, 1.0)
) -> Tensor:
    """Normalised points to pixels of the picture before it was resized.

    Args:
        points: (n, 2) as (x, y) in [0, 1].
        size: (width, height) of what the model saw, without padding.
        scale: (x, y) by which the picture had been enlarged for the model.
    """
    pixels = points * points.new_tensor(size)
    pixels = pixels.clamp(min=0.0).minimum(points.new_tensor(size))
    return pixels / points.new_tensor(scale)
