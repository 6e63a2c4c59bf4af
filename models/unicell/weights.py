"""Trained weights: what a run leaves behind and everything else starts from."""

from __future__ import annotations

from pathlib import Path

import torch

from .guided import GuidedUniCell
from .preset import Preset, preset_from_dict


def load_model(path: Path, device: torch.device | str = "cpu") -> GuidedUniCell:
    """Load ``weights.pt`` of a run."""
    content = torch.load(path, map_location=device, weights_only=True)
    model = GuidedUniCell(preset_from_dict(content["preset"]))
    model.load_state_dict({k: v.float() for k, v in content["weights"].items()})
    return model.to(device).eval()


def read_preset(path: Path) -> Preset:
    """The preset that ``weights.pt`` of a run was trained from."""
    content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    return preset_from_dict(content["preset"])
