"""Sine position encodings of maps and of reference points (UniCell spec sections 5 and 9)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

MAP_TEMPERATURE = 20.0
"""Temperature of the encoding of feature maps."""

POINT_TEMPERATURE = 10000.0
"""Temperature of the encoding of reference points."""


def sine_features(positions: Tensor, dims: int, temperature: float) -> Tensor:
    """Sine and cosine features of scalars, interleaved: sin, cos, sin, cos ...

    Args:
        positions: (...) angles.
        dims: Features per scalar, even.
        temperature: Ratio between the longest and the shortest wavelength, nearly.

    Returns:
        (..., dims).
    """
    if dims % 2:
        raise ValueError(f"an axis needs an even number of features, got {dims}")
    exponents = torch.arange(dims // 2, dtype=torch.float32, device=positions.device) * 2.0 / dims
    angles = positions[..., None] / temperature**exponents
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(-2)


def encode_points(points: Tensor, dims: int, temperature: float = POINT_TEMPERATURE) -> Tensor:
    """Encodes 2-D points as ``[y features, x features]``.

    Args:
        points: (..., 2) as (x, y) in [0, 1].
        dims: Features of one point, a multiple of 4.

    Returns:
        (..., dims).
    """
    half = dims // 2
    angles = points * (2.0 * math.pi)
    return torch.cat(
        [
            sine_features(angles[..., 1], half, temperature),
            sine_features(angles[..., 0], half, temperature),
        ],
        -1,
    )


def encode_map(
    mask: Tensor, dims: int, temperature: float = MAP_TEMPERATURE, eps: float = 1e-6
) -> Tensor:
    """Encodes the cells of a map, normalised by the part of it that is not padding.

    Args:
        mask: (B, H, W), true where the map is padding.
        dims: Channels, a multiple of 4.
        temperature: See :func:`sine_features`.
        eps: Keeps a map of nothing but padding finite.

    Returns:
        (B, H, W, dims), channels ``[y, x]``.
    """
    valid = (~mask).to(torch.float32)
    y = valid.cumsum(1)
    x = valid.cumsum(2)
    y = y / (y[:, -1:, :] + eps) * (2.0 * math.pi)
    x = x / (x[:, :, -1:] + eps) * (2.0 * math.pi)
    half = dims // 2
    return torch.cat([sine_features(y, half, temperature), sine_features(x, half, temperature)], -1)


def encode_grid(height: int, width: int, dims: int, temperature: float = MAP_TEMPERATURE) -> Tensor:
    """:func:`encode_map` of an unpadded map: (1, H, W, dims)."""
    return encode_map(torch.zeros(1, height, width, dtype=torch.bool), dims, temperature)
