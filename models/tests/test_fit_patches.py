"""Patches that stand for the layers they replace."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny import draw_image, tiny_preset

from unicell.fit_patches import fit, read_network
from unicell.mobilenet import MobileNetV2
from unicell.patch_stem import REPLACED_LAYERS, PatchMobileNetV2
from unicell.sampling import ImageBank


def trained_like(seed: int) -> MobileNetV2:
    """A network whose features vary as those of a trained one do."""
    torch.manual_seed(seed)
    network = MobileNetV2()
    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            assert layer.bias is not None
            torch.nn.init.zeros_(layer.bias)
    return network.eval()


def test_they_learn_what_the_layers_give() -> None:
    network = trained_like(0)
    preset = tiny_preset()
    pictures = [draw_image(seed, 2) for seed in range(2)]
    banks = [ImageBank(pictures, 2, 64, torch.device("cpu"))]
    _, before = fit(network, banks, preset, steps=0)
    backbone, after = fit(network, banks, preset, steps=60)
    assert after > max(before + 0.1, 0.1)
    # What lies behind the patches is the network's, untouched.
    own = backbone.features.state_dict()
    for name, value in (
        torch.nn.Sequential(*network.features[REPLACED_LAYERS:]).state_dict().items()
    ):
        torch.testing.assert_close(own[name], value)


def test_a_fitted_backbone_is_loaded_whole(tmp_path: Path) -> None:
    torch.manual_seed(1)
    fitted = PatchMobileNetV2()
    torch.save(fitted.state_dict(), tmp_path / "fitted.pt")
    torch.manual_seed(2)
    backbone = PatchMobileNetV2()
    backbone.load_imagenet(tmp_path / "fitted.pt")
    torch.testing.assert_close(backbone.patches.weight, fitted.patches.weight)
    torch.testing.assert_close(
        backbone.features[3].conv[2].weight, fitted.features[3].conv[2].weight
    )


def test_the_network_comes_out_of_a_model_that_stands_on_it(tmp_path: Path) -> None:
    network = trained_like(3)
    weights = {f"trunk.backbone.{name}": value for name, value in network.state_dict().items()}
    torch.save({"weights": weights}, tmp_path / "weights.pt")
    found = read_network(tmp_path / "weights.pt")
    torch.testing.assert_close(found.state_dict(), network.state_dict())
    torch.save({"weights": {"other": torch.zeros(1)}}, tmp_path / "other.pt")
    with pytest.raises(ValueError, match="lacks"):
        read_network(tmp_path / "other.pt")
