"""Colour changes for H&E: in stain space, where staining and scanners really differ."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# Optical density (R, G, B) of haematoxylin, eosin and their residual: Ruifrok and Johnston 2001.
STAINS = torch.tensor(
    [[0.650, 0.704, 0.286], [0.072, 0.990, 0.105], [0.268, 0.570, 0.776]], dtype=torch.float32
)


def jitter_colours(images: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Change stain amounts, stain hues, brightness, sharpness and noise of each picture.

    Args:
        images: (B, 3, H, W) float RGB in 0..255.
        strength: 0 changes nothing; 1 is strong but plausible.
        generator: on the device of ``images``.
    """
    if strength == 0:
        return images
    batch, device = images.shape[0], images.device

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, device=device, generator=generator) * 2 - 1

    stains = STAINS.to(device)
    amounts = torch.diag_embed(1 + strength * 0.25 * uniform(batch, 3))
    hue = stains + strength * 0.04 * uniform(batch, 3, 3)
    mix = torch.linalg.inv(stains).expand(batch, -1, -1) @ amounts @ hue
    density = -torch.log((images.clamp(0, 255) + 1) / 256)
    density = torch.einsum("bchw,bcd->bdhw", density, mix)
    density = density + strength * 0.06 * uniform(batch, 3, 1, 1)
    images = (torch.exp(-density) * 256 - 1).clamp(0, 255)
    images = blur(images, (0.5 + 0.5 * uniform(batch)) * 1.2 * strength, uniform(batch) < -0.4)
    noise = torch.randn(images.shape, device=device, generator=generator)
    amount = (uniform(batch, 1, 1, 1).clamp(min=0)) * 6 * strength
    return (images + noise * amount).clamp(0, 255)


def blur(images: Tensor, sigma: Tensor, chosen: Tensor) -> Tensor:
    """Gaussian blur of the chosen pictures, each with its own ``sigma`` in pixels."""
    reach = torch.arange(-3, 4, device=images.device, dtype=torch.float32)
    sigma = torch.where(chosen, sigma, torch.zeros_like(sigma)).clamp(min=0.05)
    kernel = torch.exp(-0.5 * (reach / sigma[:, None]) ** 2)
    kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(3, 0)
    flat = functional.pad(images, (3, 3, 3, 3), mode="replicate").flatten(0, 1)[None]
    flat = functional.conv2d(flat, kernel[:, None, None, :], groups=kernel.shape[0])
    flat = functional.conv2d(flat, kernel[:, None, :, None], groups=kernel.shape[0])
    return flat.view(images.shape)
