"""Files of a run: they are whole or not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch


def write_whole(content: dict[str, Any], path: Path) -> None:
    """``torch.save`` beside the file, then rename, so that a kill never leaves half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".tmp")
    torch.save(content, part)
    part.replace(path)
