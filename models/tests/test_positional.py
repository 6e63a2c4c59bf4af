from __future__ import annotations

import math

import pytest
import torch

from unicell.positional import encode_grid, encode_map, encode_points, sine_features


def test_features_alternate_sine_and_cosine() -> None:
    features = sine_features(torch.tensor([0.7]), 4, 20.0)[0]
    slow = 0.7 / 20.0 ** (2 / 4)
    expected = torch.tensor([math.sin(0.7), math.cos(0.7), math.sin(slow), math.cos(slow)])
    torch.testing.assert_close(features, expected)


def test_points_put_y_first() -> None:
    encoded = encode_points(torch.tensor([[0.25, 0.5]]), 8)
    y, x = encoded[0, :4], encoded[0, 4:]
    torch.testing.assert_close(y, sine_features(torch.tensor(math.pi), 4, 10000.0))
    torch.testing.assert_close(x, sine_features(torch.tensor(math.pi / 2), 4, 10000.0))


def test_the_unpadded_part_of_a_map_is_encoded_as_if_it_were_alone() -> None:
    mask = torch.ones(1, 6, 8, dtype=torch.bool)
    mask[:, :4, :5] = False
    torch.testing.assert_close(encode_map(mask, 16)[:, :4, :5], encode_grid(4, 5, 16))


def test_a_map_of_padding_is_finite() -> None:
    assert encode_map(torch.ones(1, 2, 2, dtype=torch.bool), 8).isfinite().all()


def test_odd_features_are_refused() -> None:
    with pytest.raises(ValueError, match="even number"):
        sine_features(torch.zeros(1), 3, 20.0)
