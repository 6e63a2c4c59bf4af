"""The log of a training run: what was trained on what, for how long, and what it reached on val."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch

from .config import LabelSetConfig, UniCellConfig
from .data import LabelledImage, LabelledImageFile
from .preset import DatasetConfig, Preset

SCHEMA = 1


@dataclass(frozen=True)
class RunLog:
    """One finished run, as ``models/experiments/*.json`` holds it.

    Attributes:
        schema: 1.
        config: the preset as it was trained, overrides included.
        start: SHA-256 of the files that the weights came from (``backbone``, ``init``,
            ``lessons``), of those that were given; older logs name a ``teacher``.
        data: by data set and split: ``pictures``, ``nuclei``, and ``sha256`` of their pixels and
            labels as the model saw them.
        device, torch: what computed it.
        seconds: of all its sessions, data reading and final validation left out.
        val: by data set (by source, where a data set has several) and exit: scores on val, and the
            operating point they were chosen at.
        revision: of the repository, ``-dirty`` where files had changed; ``None`` outside of one.
        command: what was typed; empty where nobody typed it, and in logs older than the field.
    """

    schema: int
    config: dict[str, Any]
    start: dict[str, str]
    data: dict[str, dict[str, dict[str, Any]]]
    device: str
    torch: str
    seconds: float
    val: dict[str, dict[str, dict[str, Any]]]
    revision: str | None
    command: str = ""

    def best(self, dataset: str) -> dict[str, Any]:
        """The exit of a data set that would be exported: the one of the largest selection score."""
        return max(self.val[dataset].values(), key=lambda choice: float(choice["selection_score"]))


def describe_run(
    preset: Preset | UniCellConfig,
    data: dict[str, list[dict[str, Any]]],
    start: dict[str, Path | None],
    device: torch.device,
    seconds: float,
    val: dict[str, dict[str, dict[str, Any]]],
    command: str,
) -> RunLog:
    """Put a log together.

    Args:
        data: by split, in the order of the preset's data sets: see :func:`describe_images`.
        start: files that the weights came from.
        seconds, val, command: see :class:`RunLog`.
    """
    datasets: Sequence[DatasetConfig | LabelSetConfig] = preset.datasets
    return RunLog(
        schema=SCHEMA,
        config=asdict(preset),
        start={
            name: hashlib.sha256(path.read_bytes()).hexdigest()
            for name, path in start.items()
            if path is not None
        },
        data={
            dataset.id: {split: described[i] for split, described in data.items()}
            for i, dataset in enumerate(datasets)
        },
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        torch=torch.__version__,
        seconds=round(seconds, 1),
        val=val,
        revision=revision(),
        command=command,
    )


def describe_images(pictures: Sequence[LabelledImage]) -> dict[str, Any]:
    """Count pictures and nuclei, and hash them; their order does not matter."""
    return _describe(sorted(pictures, key=lambda one: one.name))


def describe_files(files: Sequence[LabelledImageFile]) -> dict[str, Any]:
    """As :func:`describe_images`, of pictures that are read one after another."""
    return _describe(file.read() for file in sorted(files, key=lambda one: one.path.name))


def _describe(pictures: Iterable[LabelledImage]) -> dict[str, Any]:
    digest = hashlib.sha256()
    count = nuclei = 0
    for picture in pictures:
        digest.update(f"{picture.name} {picture.rgb.shape} {picture.mpp}".encode())
        digest.update(picture.rgb.tobytes())
        digest.update(picture.points.tobytes())
        digest.update(picture.classes.tobytes())
        count += 1
        nuclei += len(picture.points)
    return {"pictures": count, "nuclei": nuclei, "sha256": digest.hexdigest()}


def revision() -> str | None:
    """The commit of the repository that this package lies in."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def write_log(log: RunLog, path: Path) -> None:
    """Write a log, then rename, so that a kill never leaves half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".tmp")
    part.write_text(json.dumps(asdict(log), indent=2) + "\n")
    part.replace(path)


def read_log(path: Path) -> RunLog:
    """Read a log.

    Raises:
        ValueError: a file that is not a log of this schema.
    """
    table = json.loads(path.read_text())
    known = {field.name for field in fields(RunLog)}
    is_log = isinstance(table, dict) and table.get("schema") == SCHEMA
    if not is_log or {*table, "command"} != known:
        raise ValueError(
            f"{path} is not the log of a run: it must have {sorted(known)} and the schema {SCHEMA}"
        )
    return RunLog(**table)


def format_report(result: dict[str, Any]) -> str:
    """A line per data set and exit."""
    lines = []
    for dataset, exits in result.items():
        for exit_, choice in exits.items():
            classes = " ".join(f"{v:.3f}" for v in choice["classes"])
            lines.append(
                f"  {dataset:9s} {exit_:8s} Fd {choice['fd']:.3f} Fc {choice['fc']:.3f} [{classes}]"
                f" at {choice['threshold']} / {choice['radius_um']} um"
            )
    return "\n".join(lines)
