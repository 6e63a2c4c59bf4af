"""Fields without nuclei that no data set holds: noise, blank, gradients, stripes.

A network that only ever saw tissue finds nuclei in noise: hundreds in a window. It has to be told.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from .sampling import PAD_CLASS, Crops

KINDS = ("noise", "grains", "clouds", "blank", "gradient", "stripes")


def empty_field(side: int, kind: str, rng: np.random.Generator) -> Tensor:
    """(3, side, side) RGB in 0..255 of one of ``KINDS``."""
    colour = torch.from_numpy(rng.uniform(0, 255, (3, 1, 1)).astype(np.float32))
    if rng.random() < 0.3:
        colour = colour.mean().expand(3, 1, 1)
    y, x = torch.meshgrid(torch.linspace(-1, 1, side), torch.linspace(-1, 1, side), indexing="ij")
    if kind == "noise":
        return torch.from_numpy(rng.uniform(0, 255, (3, side, side)).astype(np.float32))
    if kind == "grains":
        grains = rng.standard_normal((3, side, side), dtype=np.float32)
        grains = grains[:1].repeat(3, 0) if rng.random() < 0.5 else grains
        strength = float(rng.uniform(5, 80))
        return colour + strength * torch.from_numpy(grains)
    if kind == "clouds":
        coarse = int(rng.integers(2, max(3, side // 6)))
        field = torch.from_numpy(rng.standard_normal((1, 3, coarse, coarse), dtype=np.float32))
        smooth = functional.interpolate(field, size=(side, side), mode="bicubic")[0]
        return colour + float(rng.uniform(5, 60)) * smooth
    slope = rng.uniform(-1, 1, 2)
    ramp: Tensor = float(slope[0]) * x + float(slope[1]) * y
    if kind == "gradient":
        return colour + float(rng.uniform(10, 150)) * ramp
    if kind == "stripes":
        wave = torch.sin(ramp * float(rng.uniform(2, side / 4)))
        return colour + float(rng.uniform(5, 100)) * wave
    return colour.expand(3, side, side)


def empty_crops(side: int, batch: int, rng: np.random.Generator) -> Crops:
    """A batch of such fields, as crops of any data set: a tenth of them pure white or black."""
    images = []
    for _ in range(batch):
        field = empty_field(side, KINDS[rng.integers(len(KINDS))], rng)
        if rng.random() < 0.1:
            field = torch.full((3, side, side), 255.0 * int(rng.integers(2)))
        images.append(field.clamp(0, 255))
    return Crops(torch.stack(images), torch.zeros(batch, 1, 2), torch.full((batch, 1), PAD_CLASS))
