from __future__ import annotations

import pytest
import torch

from unicell.swin import Merging, PatchMerging, SwinTransformer, relative_position_index


def small(**options: object) -> SwinTransformer:
    torch.manual_seed(0)
    sizes = {"embed_dims": 16, "depths": (2, 2, 2), "heads": (1, 2, 4), "window": 4}
    return SwinTransformer(**{**sizes, **options}).eval()  # type: ignore[arg-type]


@pytest.mark.parametrize(("height", "width"), [(64, 64), (37, 90), (1, 1)])
@torch.no_grad()
def test_strides_and_channels(height: int, width: int) -> None:
    model = small()
    maps = model(torch.randn(2, 3, height, width))
    assert model.out_channels == [32, 64]
    for i, level in enumerate(maps):
        stride = 8 * 2**i
        assert level.shape == (2, 32 * 2**i, -(-height // stride), -(-width // stride))
        assert level.isfinite().all()


@torch.no_grad()
def test_pictures_of_a_batch_do_not_mix() -> None:
    model = small()
    images = torch.randn(2, 3, 40, 56)
    alone = model(images[1:])
    together = model(images)
    for a, b in zip(alone, together, strict=True):
        torch.testing.assert_close(a[0], b[1])


@torch.no_grad()
def test_shift_option_matters_only_on_maps_within_a_window() -> None:
    always, larger = small(), small(shift="larger-maps")
    larger.load_state_dict(always.state_dict())
    images = torch.randn(1, 3, 128, 128)  # 32, 16 and 8 tokens a side, window 4
    for a, b in zip(always(images), larger(images), strict=True):
        torch.testing.assert_close(a, b)
    little = torch.randn(1, 3, 16, 16)
    assert not torch.allclose(always(little)[0], larger(little)[0])


@torch.no_grad()
def test_both_orders_of_merging_agree_after_permuting_weights() -> None:
    """The rule by which original Swin weights become channel-major ones (spec section 3)."""
    torch.manual_seed(0)
    orders: tuple[Merging, Merging] = ("position-major", "channel-major")
    original, ours = (PatchMerging(6, order) for order in orders)
    torch.nn.init.normal_(original.norm.weight)

    def permute(x: torch.Tensor) -> torch.Tensor:
        return x.reshape(-1, 4, 6)[:, [0, 2, 1, 3]].transpose(1, 2).reshape(x.shape)

    ours.reduction.weight.copy_(permute(original.reduction.weight))
    ours.norm.weight.copy_(permute(original.norm.weight))
    tokens = torch.randn(2, 5, 4, 6)
    torch.testing.assert_close(ours(tokens), original(tokens))


def test_relative_position_index() -> None:
    index = relative_position_index(3)
    assert index.shape == (9, 9)
    assert index.min() == 0
    assert index.max() == 24
    assert torch.equal(index.diag(), torch.full((9,), 12))
    assert torch.equal(index + index.T, torch.full((9, 9), 24))


def test_drop_path_keeps_the_mean() -> None:
    torch.manual_seed(0)
    block = small(drop_path=0.5).train().stages[2].blocks[1]  # type: ignore[union-attr, index]
    assert block.drop_path == pytest.approx(0.5)
    dropped = block._drop(torch.ones(4000, 1, 1, 1))
    assert set(dropped.unique().tolist()) == {0.0, 2.0}
    assert float(dropped.mean()) == pytest.approx(1.0, abs=0.1)
