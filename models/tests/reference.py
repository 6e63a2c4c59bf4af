"""Reference material outside the repository: ``../shared`` beside the project root.

Tests that need it skip loudly where it is absent.
"""

from __future__ import annotations

import json
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

SHARED = Path(__file__).resolve().parents[3] / "shared"
REFERENCE = SHARED / "reference"

torch.set_num_threads(2)


def needs(path: Path) -> Path:
    """The path, or a loud skip of the test that wants it."""
    if not path.exists():
        warnings.warn(f"{path.name} is absent: a comparison is skipped", stacklevel=2)
        pytest.skip(f"{path} is absent")
    return path


@cache
def arrays(name: str) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a recorded run."""
    with np.load(needs(REFERENCE / name), allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}


def recorded(name: str, key: str) -> torch.Tensor:
    """One array of a recorded run, as a tensor."""
    return torch.from_numpy(arrays(name)[key])


@cache
def misc() -> dict[str, Any]:
    """``misc.json``."""
    content: dict[str, Any] = json.loads(needs(REFERENCE / "misc.json").read_text())
    return content


def largest_difference(a: torch.Tensor, b: torch.Tensor) -> float:
    """The largest absolute difference of two tensors of one shape."""
    assert a.shape == b.shape, (a.shape, b.shape)
    return float((a.double() - b.double()).abs().max())
