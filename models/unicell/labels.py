"""What an official checkpoint does not say of data sets other than the published four.

A file in TOML, one table per data set in the order of the heads::

    [[datasets]]
    id = "pannuke"
    name = "PanNuke"
    classes = ["Neoplastic", "Inflammatory", "Connective", "Dead", "Epithelial"]
    categories = [0, 1, 2]    # of the memory bank; the code's mask_map holds those it does not see
    match_radius_um = 3.0     # optional
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .checkpoint import CheckpointError
from .config import LabelSetConfig
from .strict_table import parse

MATCH_RADIUS_UM = 3.0
"""6 pixels of 0.5 micrometres, within which the paper matches."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True)
class Label:
    """A data set.

    Attributes:
        id, name, classes: As for :class:`unicell.config.LabelSetConfig`.
        categories: Indices of the categories that it sees.
        match_radius_um: A prediction matches a nucleus within this distance.
    """

    id: str
    name: str
    classes: tuple[str, ...]
    categories: tuple[int, ...]
    match_radius_um: float = MATCH_RADIUS_UM


@dataclass(frozen=True)
class Labels:
    """The data sets of a checkpoint, in the order of its heads."""

    datasets: tuple[Label, ...]


def read_labels(path: Path) -> tuple[Label, ...]:
    """Reads a file of labels.

    Raises:
        CheckpointError: it is missing or no such file; the message says where.
    """
    try:
        labels = parse(Labels, tomllib.loads(path.read_text()), str(path)).datasets
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: {error}") from error
    for i, label in enumerate(labels):
        if not _ID.fullmatch(label.id) or label.id in [other.id for other in labels[:i]]:
            raise CheckpointError(
                f"{path}: id {label.id!r} must be lower-case letters, digits and dashes, "
                "and no other data set's"
            )
        if not 0 < label.match_radius_um < math.inf:
            raise CheckpointError(f"{path}: match_radius_um of {label.id} must be positive")
    return labels


def rename(
    datasets: Sequence[LabelSetConfig], labels: Sequence[Label]
) -> tuple[LabelSetConfig, ...]:
    """The data sets of a checkpoint with the names of the labels.

    Raises:
        CheckpointError: a head has another number of classes.
    """
    renamed = []
    for dataset, label in zip(datasets, labels, strict=True):
        if len(dataset.classes) != len(label.classes):
            raise CheckpointError(
                f"{label.id} has {len(label.classes)} classes in the labels, "
                f"but {len(dataset.classes)} in the checkpoint"
            )
        named = replace(dataset, id=label.id, name=label.name, classes=label.classes, labels=())
        renamed.append(replace(named, match_radius_um=label.match_radius_um))
    return tuple(renamed)
