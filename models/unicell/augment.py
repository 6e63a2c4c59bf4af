"""What crops go through beside geometry: stain, hue, focus, compression and noise.

The strength of each covers what ``unicell robustness`` measures: a model that has seen hues turned
by 35 degrees names cells at 28.
"""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from .preset import TrainConfig

# Optical density (R, G, B) of haematoxylin, eosin and their residual: Ruifrok and Johnston 2001.
STAINS = torch.tensor(
    [[0.650, 0.704, 0.286], [0.072, 0.990, 0.105], [0.268, 0.570, 0.776]], dtype=torch.float32
)

HUE_DEGREES = 35.0
# A fifth of the crops, most hardly paler, left names that do not hold at 40 % (OCELOT, PanNuke).
PALE_SHARE = 0.35
PALE = (0.33, 0.8)
BLUR_SIGMA_PX = 2.2
SHRINKING = 2.3
JPEG_QUALITY = (35, 95)


def augment(images: Tensor, config: TrainConfig, rng: np.random.Generator) -> Tensor:
    """Change each crop by itself.

    Args:
        images: (B, 3, S, S) float RGB in 0..255.
        config: how often and how strongly.
        rng: draws everything.
    """
    if config.stain_jitter == 0 and config.degrade == 0:
        return images
    changed = []
    for image in images.unbind():
        if config.stain_jitter:
            image = change_stain(image, config.stain_jitter, rng)
            if rng.random() < config.hue_share:
                image = turn_hue(image, rng.uniform(-HUE_DEGREES, HUE_DEGREES))
        if config.degrade:
            image = degrade(image, config.degrade, rng)
        changed.append(image)
    return torch.stack(changed)


def change_stain(image: Tensor, strength: float, rng: np.random.Generator) -> Tensor:
    """Amounts of the stains, their hues, and the light; a third of the crops become pale.

    Args:
        image: (3, H, W) in 0..255.
        strength: 1 is strong but plausible.
        rng: draws the change.
    """
    amounts = np.exp(strength * 0.3 * rng.uniform(-1, 1, 3))
    if rng.random() < PALE_SHARE * strength:
        amounts *= rng.uniform(*PALE)
    stains = STAINS.to(image.device)
    hues = stains + torch.from_numpy(strength * 0.05 * rng.uniform(-1, 1, (3, 3))).to(stains)
    mix = torch.linalg.inv(stains) @ torch.diag(torch.from_numpy(amounts).to(stains)) @ hues
    density = -torch.log((image.clamp(0, 255) + 1) / 256)
    density = torch.einsum("chw,cd->dhw", density, mix)
    density = density + torch.from_numpy(strength * 0.06 * rng.uniform(-1, 1, (3, 1, 1))).to(stains)
    return (torch.exp(-density) * 256 - 1).clamp(0, 255)


def turn_hue(image: Tensor, degrees: float) -> Tensor:
    """Turn (3, H, W) RGB around the grey axis."""
    angle = math.radians(degrees)
    cos, root = math.cos(angle), math.sqrt(1 / 3) * math.sin(angle)
    same = cos + (1 - cos) / 3
    after, before = (1 - cos) / 3 - root, (1 - cos) / 3 + root
    turn = torch.tensor(
        [[same, after, before], [before, same, after], [after, before, same]], device=image.device
    )
    return torch.einsum("dc,chw->dhw", turn, image).clamp(0, 255)


def degrade(image: Tensor, share: float, rng: np.random.Generator) -> Tensor:
    """Blur, shrink and enlarge, compress and add noise, each for a share of the crops."""
    if rng.random() < 0.25 * share:
        image = blur(image, BLUR_SIGMA_PX * rng.uniform(0.1, 1.0))
    if rng.random() < 0.2 * share:
        image = shrink(image, rng.uniform(1.0, SHRINKING))
    if rng.random() < 0.2 * share:
        image = compress(image, int(rng.integers(*JPEG_QUALITY)))
    if rng.random() < 0.3 * share:
        noise = rng.standard_normal(image.shape, dtype=np.float32) * rng.uniform(0, 8)
        image = (image + torch.from_numpy(noise).to(image)).clamp(0, 255)
    return image


def blur(image: Tensor, sigma_px: float) -> Tensor:
    """Gaussian blur of (3, H, W)."""
    reach = max(1, math.ceil(3 * sigma_px))
    line = torch.arange(-reach, reach + 1, device=image.device, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (line / sigma_px) ** 2)
    kernel = (kernel / kernel.sum()).expand(3, 1, -1)
    flat = functional.pad(image[None], (reach,) * 4, mode="replicate")
    flat = functional.conv2d(flat, kernel[:, :, None, :], groups=3)
    return functional.conv2d(flat, kernel[:, :, :, None], groups=3)[0]


def shrink(image: Tensor, factor: float) -> Tensor:
    """Lose detail: (3, H, W) shrunk by a factor, and enlarged to what it was."""
    side = [max(8, round(s / factor)) for s in image.shape[1:]]
    small = functional.interpolate(
        image[None], size=side, mode="bilinear", antialias=True, align_corners=False
    )
    large = functional.interpolate(small, size=image.shape[1:], mode="bicubic", align_corners=False)
    return large[0].clamp(0, 255)


def compress(image: Tensor, quality: int) -> Tensor:
    """(3, H, W) as JPEG leaves it."""
    pixels = image.round().byte().permute(1, 2, 0).cpu().numpy()
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    decoded: npt.NDArray[np.uint8] = np.array(Image.open(buffer).convert("RGB"))
    return torch.from_numpy(decoded).permute(2, 0, 1).to(image)
