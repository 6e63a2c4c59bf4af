"""What crops go through."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import tiny_preset

from unicell import augment
from unicell.empty_fields import KINDS, empty_crops, empty_field


def image(seed: int = 0, side: int = 48) -> torch.Tensor:
    return torch.rand(3, side, side, generator=torch.Generator().manual_seed(seed)) * 255


def test_without_any_change_it_is_the_same() -> None:
    config = tiny_preset(stain_jitter=0.0, degrade=0.0).train
    images = torch.stack([image(0), image(1)])
    assert augment.augment(images, config, np.random.default_rng(0)) is images


def test_every_change_stays_in_range_and_is_drawn_again_from_the_seed() -> None:
    config = replace(tiny_preset().train, hue_share=1.0, degrade=4.0)
    images = torch.stack([image(i) for i in range(4)])
    first = augment.augment(images, config, np.random.default_rng(3))
    assert torch.equal(first, augment.augment(images, config, np.random.default_rng(3)))
    assert float(first.min()) >= 0
    assert float(first.max()) <= 255
    assert not torch.equal(first, images)


def test_a_hue_turns_around_grey() -> None:
    red = torch.tensor([200.0, 0.0, 0.0])[:, None, None].expand(3, 2, 2)
    turned = augment.turn_hue(red, 120)
    torch.testing.assert_close(turned[:, 0, 0], torch.tensor([0.0, 200.0, 0.0]), atol=0.1, rtol=0)
    grey = torch.full((3, 2, 2), 90.0)
    torch.testing.assert_close(augment.turn_hue(grey, 28), grey)
    back = augment.turn_hue(augment.turn_hue(image() * 0.2 + 100, 28), -28)
    torch.testing.assert_close(back, image() * 0.2 + 100, atol=1e-2, rtol=0)


def test_blur_and_shrinking_keep_the_mean_and_lose_detail() -> None:
    for change in (lambda x: augment.blur(x, 2.0), lambda x: augment.shrink(x, 2.0)):
        changed = change(image())
        assert changed.shape == (3, 48, 48)
        assert float(changed.std()) < 0.6 * float(image().std())
        assert abs(float(changed.mean() - image().mean())) < 4


def test_jpeg_changes_little() -> None:
    smooth = augment.blur(image(), 3.0)
    assert 0 < float((augment.compress(smooth, 50) - smooth).abs().mean()) < 12


@pytest.mark.parametrize("kind", KINDS)
def test_fields_without_nuclei(kind: str) -> None:
    field = empty_field(32, kind, np.random.default_rng(1))
    assert field.shape == (3, 32, 32)
    assert bool(torch.isfinite(field).all())


def test_crops_of_fields_hold_no_nucleus() -> None:
    crops = empty_crops(32, 6, np.random.default_rng(2))
    assert not crops.valid.any()
    assert float(crops.images.min()) >= 0
    assert float(crops.images.max()) <= 255
