"""Why ``--protocol official`` refuses a tile that a graph cannot take instead of padding it.

Where a graph has one input size, a smaller tile could be padded to it with zeros, the mean colour,
as the authors pad the pictures of a batch; these tests show that the model then finds other nuclei.
"""

from __future__ import annotations

import pytest
import torch
from reference import REFERENCE, needs, recorded
from torch import Tensor

from unicell.model import UniCell
from unicell.official_checkpoint import load_official
from unicell.postprocess import Nuclei, best_pairs, to_pixels

SIDE = 256
WIDTH = 192
SUREST = 50


@pytest.fixture(scope="module")
def model() -> UniCell:
    return load_official(needs(REFERENCE / "official_small_random.pth"))


@pytest.fixture(scope="module")
def tile() -> Tensor:
    """A tile of 192 x 256 pixels, normalised."""
    rgb = recorded("small_256_compact.npz", "image_rgb").float()
    mean, std = torch.tensor([123.675, 116.28, 103.53]), torch.tensor([58.395, 57.12, 57.375])
    return ((rgb - mean) / std).permute(2, 0, 1)[None, ..., :WIDTH]


def found(
    model: UniCell, image: Tensor, size: tuple[int, int], padding: Tensor | None = None
) -> Nuclei:
    """The surest nuclei, in pixels."""
    with torch.no_grad():
        outputs = model(image, 0, padding)
    best = best_pairs(outputs.logits[0], outputs.points[0], SUREST)
    return Nuclei(best.scores, best.labels, to_pixels(best.points, size))


def moved(before: Nuclei, after: Nuclei) -> int:
    """Nuclei without one of their class within a pixel."""
    distance = torch.cdist(before.points, after.points)
    distance[before.labels[:, None] != after.labels] = torch.inf
    return int((distance.min(1).values > 1).sum())


def test_padding_moves_most_nuclei(model: UniCell, tile: Tensor) -> None:
    alone = found(model, tile, (WIDTH, SIDE))
    padded = torch.zeros(1, 3, SIDE, SIDE)
    padded[..., :WIDTH] = tile
    mask = torch.zeros(1, SIDE, SIDE, dtype=torch.bool)
    mask[..., WIDTH:] = True
    assert moved(alone, found(model, tile, (WIDTH, SIDE))) == 0
    assert moved(alone, found(model, padded, (SIDE, SIDE))) > SUREST // 2
    assert moved(alone, found(model, padded, (WIDTH, SIDE), mask)) > SUREST // 2
