"""Crops: nuclei stay on their pixels whatever the turn, flip and scale."""

from dataclasses import replace

import numpy as np
import torch
from tiny import draw_image, tiny_preset

from unicell.sampling import PAD_CLASS, ImageBank, class_weights


def bank() -> ImageBank:
    return ImageBank([draw_image(i, 2) for i in range(3)], 2, 64, torch.device("cpu"))


def test_nuclei_lie_on_dark_pixels() -> None:
    config = tiny_preset(stain_jitter=0.0, free_transform=0.7).train
    crops = bank().crops(24, config, np.random.default_rng(3))
    seen = 0
    for image, points, classes in zip(crops.images, crops.points, crops.classes, strict=True):
        for (x, y), label in zip(points.tolist(), classes.tolist(), strict=True):
            if label == PAD_CLASS:
                continue
            assert image[:, int(y), int(x)].sum() < 480
            seen += 1
    assert seen > 200


def test_every_dark_disc_has_its_nucleus() -> None:
    config = tiny_preset(stain_jitter=0.0, free_transform=0.0).train
    crops = bank().crops(8, config, np.random.default_rng(5))
    for image, points, valid in zip(crops.images, crops.points, crops.valid, strict=True):
        dark = (image.sum(0) < 480).nonzero().flip(1).float() + 0.5
        inside = ((dark > 5) & (dark < 59)).all(1)
        distance = torch.cdist(dark[inside], points[valid]).amin(1)
        assert float(distance.max()) < 4.5


def test_a_step_draws_the_same_crops_again() -> None:
    config = tiny_preset().train
    first = bank().crops(4, config, np.random.default_rng([1, 7]))
    again = bank().crops(4, config, np.random.default_rng([1, 7]))
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.points, again.points)


def test_every_source_is_drawn_as_often() -> None:
    # Nine pictures of one source with nuclei of class 0, one picture of another with class 1.
    pictures = [replace(draw_image(i, 1), source="many") for i in range(9)]
    lone = draw_image(9, 1)
    pictures.append(replace(lone, source="few", classes=np.where(lone.classes == 0, 1, -1)))
    config = tiny_preset(rare_share=0.0).train
    crops = ImageBank(pictures, 2, 64, torch.device("cpu")).crops(
        80, config, np.random.default_rng(11)
    )
    of_few = int((crops.classes == 1).any(1).sum())
    assert 28 <= of_few <= 52


def test_a_source_is_drawn_by_its_share_also_where_classes_are_rare() -> None:
    own = [replace(draw_image(i, 2), source="own") for i in range(2)]
    lent = [replace(draw_image(2, 1), source="lent")]
    lent[0] = replace(lent[0], classes=np.where(lent[0].classes == 0, 2, -1))
    shares = {"lent": 0.2}
    bank = ImageBank([*own, *lent], 3, 64, torch.device("cpu"), shares)
    for rare_share in (0.0, 1.0):
        config = tiny_preset(rare_share=rare_share).train
        crops = bank.crops(200, config, np.random.default_rng(3))
        assert 22 <= int((crops.classes == 2).any(1).sum()) <= 58
    assert bank.class_counts == [
        sum(int((picture.classes == k).sum()) for picture in [*own, *lent]) for k in range(3)
    ]


def test_rare_classes_weigh_more_and_the_mean_is_one() -> None:
    weights = class_weights([900, 100], 0.5)
    assert weights[1] > weights[0]
    assert torch.isclose((weights * torch.tensor([0.9, 0.1])).sum(), torch.tensor(1.0))
