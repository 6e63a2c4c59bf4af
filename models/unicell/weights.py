"""Trained weights: what a run leaves behind and everything else starts from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .checkpoint import CheckpointError
from .config import UniCellConfig
from .guided import GuidedUniCell
from .model import UniCell
from .preset import Preset, preset_from_dict
from .preset_file import is_full_model
from .strict_table import parse


def load_model(path: Path, device: torch.device | str = "cpu") -> GuidedUniCell:
    """Load ``weights.pt`` of a run that trained the dense-guided UniCell.

    Raises:
        ValueError: it is of the paper's model.
    """
    content = torch.load(path, map_location=device, weights_only=True)
    model = GuidedUniCell(_guided_preset(content, path))
    model.load_state_dict({k: v.float() for k, v in content["weights"].items()})
    return model.to(device).eval()


def read_preset(path: Path) -> Preset:
    """The preset that ``weights.pt`` of a run was trained from."""
    content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    return _guided_preset(content, path)


def load_paper_model(path: Path) -> UniCell | None:
    """Load ``weights.pt`` of a run that trained the full UniCell, in evaluation mode.

    Returns:
        The model, or ``None`` for a file that no run has written.

    Raises:
        CheckpointError: it is of the dense-guided UniCell, or damaged.
    """
    content = _read_run(path, "cpu")
    if content is None:
        return None
    if not is_full_model(content["preset"]):
        raise CheckpointError(
            f"{path} is of the dense-guided model: `python -m unicell.export` exports it"
        )
    try:
        with torch.device("meta"):
            model = UniCell(parse(UniCellConfig, content["preset"], str(path)))
        model.load_state_dict(content["weights"], assign=True)
    except (KeyError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path} does not hold a whole model: {error}") from error
    return model.eval()


def read_paper_tensors(path: Path, device: torch.device) -> dict[str, Tensor]:
    """The weights in ``weights.pt`` of the full UniCell, or in the checkpoint of a stopped run.

    Raises:
        ValueError: a file of neither kind.
    """
    content = _read_run(path, device)
    if content is None or not is_full_model(content["preset"]):
        raise ValueError(f"{path} is no weights.pt or checkpoint.pt of the paper's model")
    found = content.get("weights") or content.get("average") or content["model"]
    return dict(found)


def _read_run(path: Path, device: torch.device | str) -> dict[str, Any] | None:
    """What a run has written; ``None`` for files of others."""
    try:
        content = torch.load(path, map_location=device, weights_only=True)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: no such file") from error
    except Exception:  # whatever a file of another kind provokes
        return None
    ours = isinstance(content, dict) and isinstance(content.get("preset"), dict)
    return content if ours and ("weights" in content or "model" in content) else None


def _guided_preset(content: dict[str, Any], path: Path) -> Preset:
    if is_full_model(content["preset"]):
        raise ValueError(f"{path} is of the paper's model: `python -m unicell.convert` exports it")
    return preset_from_dict(content["preset"])
