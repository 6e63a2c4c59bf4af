from __future__ import annotations

import torch

from unicell.postprocess import best_pairs, one_class_per_query, to_pixels

LOGITS = torch.tensor([[2.0, 1.0, -3.0], [-5.0, 0.5, 0.0]])
POINTS = torch.tensor([[0.25, 0.5], [1.0, 0.0]])


def test_a_query_may_come_twice() -> None:
    nuclei = best_pairs(LOGITS, POINTS, limit=3)
    assert nuclei.labels.tolist() == [0, 1, 1]
    torch.testing.assert_close(nuclei.points, POINTS[[0, 0, 1]])
    torch.testing.assert_close(nuclei.scores, torch.tensor([2.0, 1.0, 0.5]).sigmoid())


def test_fewer_pairs_than_the_limit() -> None:
    assert best_pairs(LOGITS, POINTS).labels.shape == (6,)


def test_every_query_once() -> None:
    nuclei = one_class_per_query(LOGITS.flip(0), POINTS.flip(0))
    assert nuclei.labels.tolist() == [0, 1]
    torch.testing.assert_close(nuclei.points, POINTS)


def test_pixels_of_the_original_picture() -> None:
    points = torch.tensor([[0.5, 0.5], [1.5, -0.5]])
    pixels = to_pixels(points, (1108, 800), (1108 / 180, 800 / 130))
    torch.testing.assert_close(pixels, torch.tensor([[90.0, 65.0], [180.0, 0.0]]))
