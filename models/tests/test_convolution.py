"""The convolutions for training on a CPU give what PyTorch's give, values and gradients."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from unicell.convolution import DepthwiseConv, PointwiseConv, depthwise_cpu


@pytest.fixture
def kernel() -> Iterator[None]:
    """The compiled kernel, for one test."""
    if missing := depthwise_cpu.enable():
        pytest.skip(missing)
    yield
    depthwise_cpu.disable()


def run(layer: nn.Conv2d, image: Tensor) -> list[Tensor]:
    """Output and gradients."""
    leaf = image.clone().requires_grad_()
    layer.zero_grad()
    out = layer(leaf)
    out.sin().sum().backward()
    assert leaf.grad is not None
    assert layer.weight.grad is not None
    assert layer.bias is not None
    assert layer.bias.grad is not None
    return [out.detach(), leaf.grad, layer.weight.grad.clone(), layer.bias.grad.clone()]


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("channels_last", [True, False])
@pytest.mark.parametrize(
    "layer",
    [
        PointwiseConv(24, 40),
        DepthwiseConv(40, 3),
        DepthwiseConv(8, 5),
        DepthwiseConv(24, 3, 2, before=True),
        DepthwiseConv(48, 5, 2, before=False),
        DepthwiseConv(12, 3),
    ],
)
def test_it_equals_the_plain_convolution(layer: nn.Conv2d, channels_last: bool) -> None:
    torch.manual_seed(0)
    image = torch.randn(2, layer.in_channels, 14, 18)
    if channels_last:
        image = image.contiguous(memory_format=torch.channels_last)
    got = run(layer, image)
    depthwise_cpu.disable()
    for one, other in zip(got, run(layer, image), strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


def test_the_odd_pixel_lies_on_the_chosen_side() -> None:
    for before, pads in ((True, (1, 0, 1, 0)), (False, (0, 1, 0, 1))):
        assert DepthwiseConv(8, 3, 2, before).pads == pads
    assert DepthwiseConv(8, 5, 2, True).pads == (2, 1, 2, 1)
    assert DepthwiseConv(8, 5).pads == (2, 2, 2, 2)


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("stride", [1, 2])
def test_depthwise_in_half_precision_is_pytorchs(stride: int) -> None:
    torch.manual_seed(0)
    conv = DepthwiseConv(16, 3, stride)
    image = torch.randn(2, 16, 12, 12)
    grads = []
    for enabled in (True, False):
        if not enabled:
            depthwise_cpu.disable()
        x = image.bfloat16().requires_grad_()
        conv.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            y = conv(x)
        assert y.dtype == torch.bfloat16
        y.float().square().sum().backward()
        assert x.grad is not None
        assert conv.weight.grad is not None
        grads.append((x.grad.float(), conv.weight.grad.clone()))
    for mine, theirs in zip(*grads, strict=True):
        assert torch.allclose(mine, theirs, rtol=0.05, atol=0.05 * float(theirs.abs().max()))
