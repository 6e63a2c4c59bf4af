"""The authors' augmentation: mirroring, sizes, and a crop of pictures that are not square."""

from __future__ import annotations

import numpy as np

from .training_config import TrainingConfig
from .training_image import TrainingImage, fitted_size

LONGEST_BEFORE_CROP = 4200


def augment_image(
    image: TrainingImage, config: TrainingConfig, rng: np.random.Generator
) -> TrainingImage:
    """Draws one of the pictures that training sees in place of another (UniCell spec 12.2)."""
    if rng.random() < config.flip:
        image = image.mirrored()
    if rng.random() < config.crop_share:
        image = image.resized(fitted_size(image.size, config.crop, LONGEST_BEFORE_CROP))
        width, height = (min(side, config.crop) for side in image.size)
        x, y = (
            int(rng.integers(side - kept + 1))
            for side, kept in zip(image.size, (width, height), strict=True)
        )
        image = image.cropped(x, y, (width, height))
    short = int(rng.choice(config.short_sides))
    return image.resized(fitted_size(image.size, short, config.long_side))
