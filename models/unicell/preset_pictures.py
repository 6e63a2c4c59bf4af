"""The labelled pictures that a preset's data sets are made of."""

from __future__ import annotations

from pathlib import Path

from .data import LabelledImage, LabelledImageFile, list_images, splits_of
from .preset import DatasetConfig, Preset


def files_of(dataset: DatasetConfig, data: Path, split: str) -> list[LabelledImageFile]:
    """The pictures of a split of a data set, on disk.

    A folder without pictures of the split is left out where the data set has others.
    """
    return [
        file
        for folder in dataset.folders
        if len(dataset.folders) == 1 or split in splits_of(data / folder)
        for file in list_images(data / folder, split, dataset.labels)
    ]


def images_of(
    preset: Preset, dataset: DatasetConfig, data: Path, split: str
) -> list[LabelledImage]:
    """The same, read at the resolution of the preset."""
    return [file.read(preset.mpp) for file in files_of(dataset, data, split)]
