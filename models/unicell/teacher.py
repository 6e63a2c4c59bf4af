"""Loading a teacher, whose architecture may be one that this package no longer has.

Weights outlive the code that trained them: ``git worktree add OLD COMMIT`` brings that code back,
and ``OLD/models/unicell`` loads what it wrote. Nothing of it is needed but the first stage, whose
interface is that of :class:`unicell.guided.GuidedUniCell`.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from .guided import GuidedUniCell
from .weights import load_model

NAME = "unicell_of_teacher"
"""What the other package is called here, beside this one."""


def load_teacher(
    weights: Path, device: torch.device | str = "cpu", code: Path | None = None
) -> GuidedUniCell:
    """Load weights with this package, or with another version of it.

    Args:
        weights: ``weights.pt`` of a run.
        code: folder of the other version, of which one can be loaded in a process. It is run as
            any program is: take it from a commit of this repository.

    Raises:
        ValueError: the folder is no such package, or the weights are of another architecture.
    """
    load = load_model if code is None else _loader_of(code)
    try:
        return load(weights, device)
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise ValueError(
            f"{weights} are of an architecture that {code or 'this version'} does not have: "
            "--teacher-code takes models/unicell of the commit that trained them"
        ) from error


def _loader_of(code: Path) -> Callable[[Path, torch.device | str], GuidedUniCell]:
    start = code / "__init__.py"
    if not (start.is_file() and (code / "weights.py").is_file()):
        raise ValueError(f"{code} is no package unicell: __init__.py or weights.py is missing")
    spec = importlib.util.spec_from_file_location(
        NAME, start, submodule_search_locations=[str(code)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules[NAME] = package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    load: Callable[[Path, torch.device | str], GuidedUniCell]
    load = importlib.import_module(f"{NAME}.weights").load_model
    return load
