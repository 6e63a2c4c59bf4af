"""What a training run is given from outside, whichever model it trains."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch


class RunError(ValueError):
    """What a run was given cannot be used; the message says why."""


@contextmanager
def given() -> Iterator[None]:
    """While this lasts, what cannot be read or used is the fault of what was given."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise RunError(str(error)) from error


@dataclass(frozen=True)
class Run:
    """Where a run takes its data and puts its results, and when it speaks.

    Attributes:
        out: folder of checkpoint, weights and val scores.
        data: folder of data sets in the neutral layout.
        backbone: ImageNet weights.
        lessons: folder of what teachers said of the pictures (``python -m unicell.teach``).
        init: weights or checkpoint to start from, where shapes agree.
        log: where the log of the finished run goes beside ``log.json`` in ``out``.
        overrides: fields of ``[train]`` that replace the preset's.
        stop_after: minutes after which the run saves a checkpoint and stops.
        log_every, validate_every: steps; 0 validates only at the end.
        command: what was typed to start it, for the log.
    """

    out: Path
    device: torch.device
    data: Path
    backbone: Path | None = None
    lessons: Path | None = None
    init: Path | None = None
    log: Path | None = None
    overrides: dict[str, Any] = field(default_factory=dict)
    stop_after: float | None = None
    log_every: int = 100
    validate_every: int = 0
    command: str = ""


def command_line(module: str) -> str:
    """The command line that started this process."""
    return f"python -m unicell.{module} {shlex.join(sys.argv[1:])}"
