"""Pictures and their nuclei on the way to the full model: clipping, sizes, and who stays where."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from reference import misc
from tiny import draw_image
from tiny_paper import rectangle

from unicell.data import LabelledImage
from unicell.image_batch import join_images, normalise
from unicell.multi_scale import augment_image
from unicell.training_config import TrainingConfig
from unicell.training_image import TrainingImage, fitted_size, nucleus_boxes

CONFIG = TrainingConfig()


def picture(
    points: list[list[float]], size: tuple[int, int], ignored: object = ()
) -> LabelledImage:
    places = np.array(points, np.float32).reshape(-1, 2)
    boxes = np.array(ignored, np.float32).reshape(-1, 4)
    classes = np.zeros(len(places), np.int64)
    return LabelledImage("a.png", rectangle(size), places, classes, 0.5, ignored=boxes)


def tile_box(name: str) -> tuple[int, int, int, int]:
    x0, y0, x1, y1 = Path(name).stem.split("_")[2:]
    return int(x0), int(y0), int(x1), int(y1)


def corners(box: list[float]) -> list[float]:
    x, y, width, height = box
    return [x, y, x + width, y + height]


@pytest.mark.parametrize("mode", ["Train", "Test"])
def test_a_crop_clips_boxes_as_the_official_tiles_do(mode: str) -> None:
    recorded = misc()["annotation_clipping"]
    size = (recorded["width"], recorded["height"])
    # Centres as they are: float32 would move them.
    centres = np.array(recorded["centroids"])
    whole = replace(
        TrainingImage.of(picture([], size)),
        boxes=np.clip(np.concatenate([centres - 2, centres + 2], 1), 0, np.array(size * 2)),
        classes=np.zeros(len(centres), np.int64),
    )
    for tile in recorded["result"][mode]:
        x0, y0, x1, y1 = tile_box(tile["file"])
        boxes = whole.cropped(x0, y0, (x1 - x0, y1 - y0)).boxes
        # Tiles keep 2 of 16 square pixels and more; a crop in training keeps all that it shows.
        kept = boxes[(boxes[:, 2:] - boxes[:, :2]).prod(1) >= 2]
        np.testing.assert_allclose(kept, [corners(box) for box in tile["bboxes"]], atol=1e-9)


@pytest.mark.parametrize("mode", ["Train", "Test"])
def test_labels_of_tiles_give_the_official_boxes_back(mode: str) -> None:
    """``unicell tile`` writes the centre of a clipped box: the box follows from where it lies."""
    for tile in misc()["annotation_clipping"]["result"][mode]:
        expected = np.array([corners(box) for box in tile["bboxes"]])
        centres = ((expected[:, :2] + expected[:, 2:]) / 2).astype(np.float32)
        found = nucleus_boxes(centres, (tile["width"], tile["height"]))
        np.testing.assert_allclose(found, expected, atol=1e-3)


def test_sizes_are_the_official_ones() -> None:
    for name, expected in misc()["resize"].items():
        height, width = map(int, name.split("x"))
        assert list(fitted_size((width, height), 800, 1333))[::-1] == expected["out"], name


def test_nuclei_at_and_beyond_the_border() -> None:
    boxes = nucleus_boxes(np.array([[0, 20], [-1, 20], [10, 39.5]], np.float32), (60, 40))
    assert boxes[0].tolist() == [0, 18, 0.25, 22]
    assert boxes[1, 2] <= boxes[1, 0]
    assert boxes[2].tolist() == [8, 39, 12, 40]
    image = TrainingImage.of(picture([[0, 20], [-1, 20], [10, 39.5]], (60, 40)))
    assert len(image.boxes) == len(image.classes) == 2


def test_resizing_is_that_of_half_pixel_centres() -> None:
    rgb = np.zeros((1, 2, 3), np.uint8)
    rgb[0, 1] = 200
    image = replace(TrainingImage.of(picture([], (2, 1))), rgb=rgb)
    assert image.resized((4, 1)).rgb[0, :, 0].tolist() == [0, 50, 150, 200]
    # Shrinking takes two neighbours and no mean over more, as OpenCV does.
    long = replace(image, rgb=np.arange(0, 90, 10, np.uint8)[None, :, None].repeat(3, 2))
    assert long.resized((3, 1)).rgb[0, :, 0].tolist() == [10, 40, 70]


@pytest.mark.parametrize("seed", range(12))
def test_points_stay_on_their_pixels(seed: int) -> None:
    """Whatever is drawn, the centre of a disc is a pixel of its colour."""
    size = [(90, 100), (64, 150), (140, 60)][seed % 3]
    drawn = draw_image(seed, 3, size)
    drawn = replace(drawn, classes=np.arange(len(drawn.points)) % 3)
    background = np.array((235, 190, 215))
    image = augment_image(TrainingImage.of(drawn), CONFIG, np.random.default_rng(seed))
    targets = image.targets()
    assert len(targets) > 5
    places = targets.points.numpy() * np.array(image.size)
    # Boxes that the border has cut have moved inwards from their nucleus.
    whole = (targets.sizes * torch.tensor(image.size)).numpy()
    full = (whole > 0.99 * whole.max(0)).all(1)
    assert full.sum() > 5
    for x, y in places[full]:
        pixel = image.rgb[int(y), int(x)].astype(int)
        assert np.abs(pixel - background).max() > 60, (x, y)


def test_sizes_that_are_drawn() -> None:
    rng = np.random.default_rng(0)
    square = TrainingImage.of(picture([[9, 9]], (50, 50)))
    sides = {augment_image(square, CONFIG, rng).size for _ in range(60)}
    assert sides == {(side, side) for side in CONFIG.short_sides}
    wide = TrainingImage.of(picture([[9, 9]], (60, 30)))
    ratios = set()
    for _ in range(20):
        width, height = augment_image(wide, CONFIG, rng).size
        ratios.add(round(width / height, 1))
        assert max(width, height) <= CONFIG.long_side
    # Either whole, or cut to a square.
    assert ratios == {2.0, 1.0}


def test_a_mirrored_picture() -> None:
    image = TrainingImage.of(picture([[10, 5]], (40, 20), [[0, 0, 4, 20]]))
    rgb = image.rgb.copy()
    rgb[5, 10] = 0
    mirrored = replace(image, rgb=rgb).mirrored()
    assert mirrored.boxes.tolist() == [[28, 3, 32, 7]]
    assert mirrored.ignored.tolist() == [[36, 0, 40, 20]]
    assert np.argwhere(mirrored.rgb.sum(2) == 0).tolist() == [[5, 29]]


def test_what_is_ignored_moves_along_and_hides_its_nuclei() -> None:
    image = TrainingImage.of(picture([[10, 5], [30, 5]], (40, 20), [[20, 0, 60, 20]]))
    moved = image.cropped(5, 0, (35, 20)).resized((70, 40))
    targets = moved.targets()
    assert targets.points.tolist() == [[pytest.approx(5 / 35), 0.25]]
    assert targets.ignored is not None
    assert targets.ignored.tolist() == [[pytest.approx(15 / 35), 0.0, 1.0, 1.0]]
    assert targets.known().ignored is targets.ignored
    alone = image.cropped(0, 0, (15, 20)).targets()
    assert alone.ignored is None
    assert not alone.ignores(alone.points).any()


def test_a_batch_is_padded_after_it_is_normalised() -> None:
    images = [rectangle((30, 20)), rectangle((20, 30))]
    batch = join_images(1, images, [])
    assert batch.images.shape == (2, 3, 30, 30)
    assert batch.padding is not None
    assert batch.padding.sum((1, 2)).tolist() == [300, 300]
    assert not batch.padding[0, :20, :30].any()
    assert torch.equal(batch.images[0, :, :20, :30], normalise(images[0]))
    assert batch.images[0, :, 20:].abs().max() == 0
    assert join_images(1, images[:1], []).padding is None
    mean = normalise(np.array([[[124, 116, 104]]], np.uint8))
    assert mean.abs().max() < 0.01
