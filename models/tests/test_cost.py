"""What the presets may cost, and that the count is right where it can be done by hand."""

import pytest
import torch
from torch import nn

from unicell.cost import cost_of
from unicell.guided import GuidedUniCell
from unicell.preset import load_preset


@pytest.mark.parametrize(("name", "parameters", "gmac"), [("compact", 8e6, 3), ("base", 1e8, 150)])
def test_the_shipped_presets_keep_their_limits(name: str, parameters: float, gmac: float) -> None:
    cost = cost_of(GuidedUniCell(load_preset(name)))
    assert 0 < cost.parameters <= parameters
    assert 0 < cost.gmac <= gmac


def test_a_further_convolution_costs_what_it_multiplies() -> None:
    model = GuidedUniCell(load_preset("compact"))
    before = cost_of(model)
    with torch.no_grad():
        finest, _ = model.trunk(torch.zeros(1, 3, 256, 256))
    channels, height, width = finest.shape[1:]
    layer = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
    forward = model.trunk.forward

    def with_layer(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        finest, coarse = forward(image)
        return layer(finest), coarse

    model.trunk.further = layer
    model.trunk.forward = with_layer  # type: ignore[method-assign]
    after = cost_of(model)
    weights = channels * channels * 9
    assert after.parameters - before.parameters == weights
    assert after.gmac - before.gmac == pytest.approx(weights * height * width / 1e9)
