"""The labelled pictures that a preset's data sets are made of."""

from __future__ import annotations

from pathlib import Path

from .data import LabelledImage, read_images, splits_of
from .preset import DatasetConfig, Preset


def images_of(
    preset: Preset, dataset: DatasetConfig, data: Path, split: str
) -> list[LabelledImage]:
    """The pictures of a split of a data set.

    A folder without pictures of the split is left out where the data set has others.
    """
    return [
        picture
        for folder in dataset.folders
        if len(dataset.folders) == 1 or split in splits_of(data / folder)
        for picture in read_images(data / folder, split, dataset.labels, preset.mpp)
    ]
