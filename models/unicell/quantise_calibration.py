"""Windows of train pictures, from which static quantisation learns the ranges of activations."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from .data import LabelledImage, read_images
from .guided import normalise
from .preset import Preset
from .windows import plan_axis

SPLIT = "train"


@dataclass(frozen=True)
class Calibration:
    """What a calibration looked at, as the card states it."""

    split: str
    datasets: list[str]
    windows: int
    seed: int

    def to_card(self) -> dict[str, object]:
        """For the card."""
        return asdict(self)


Windows = npt.NDArray[np.float32]


def calibration_windows(
    preset: Preset, halo: int, data: Path, per_dataset: int, seed: int
) -> tuple[Windows, list[int], Calibration]:
    """Draw windows from different train pictures of every data set, as the model will see them.

    Args:
        preset: names the data sets and their folders.
        halo: border of a window that only gives context, in pixels.
        data: the folder that holds the data sets.
        per_dataset: windows of each data set, at most one of a picture.
        seed: of the choice.

    Returns:
        (N, 3, W, W) normalised windows, the data set of each, and what the card says of them.
    """
    rng = np.random.default_rng(seed)
    windows: list[Windows] = []
    owners: list[int] = []
    for number, dataset in enumerate(preset.datasets):
        pictures = [
            picture
            for folder in dataset.folders
            for picture in read_images(data / folder, SPLIT, dataset.labels, preset.mpp)
        ]
        count = min(per_dataset, len(pictures))
        for index in sorted(rng.choice(len(pictures), count, replace=False)):
            windows.append(_draw_window(pictures[index], preset.model.window, halo, rng))
            owners.append(number)
    names = [dataset.id for dataset in preset.datasets]
    return np.stack(windows), owners, Calibration(SPLIT, names, len(windows), seed)


def _draw_window(picture: LabelledImage, side: int, halo: int, rng: np.random.Generator) -> Windows:
    """One window of the picture's plan, (3, W, W); white where the picture ends."""
    height, width = picture.rgb.shape[:2]
    row = rng.choice([span.start for span in plan_axis(height, side, halo)])
    column = rng.choice([span.start for span in plan_axis(width, side, halo)])
    seen = picture.rgb[row : row + side, column : column + side]
    view = np.full((side, side, 3), 255, dtype=np.uint8)
    view[: seen.shape[0], : seen.shape[1]] = seen
    tensor = normalise(torch.from_numpy(view).permute(2, 0, 1).float())
    result: Windows = tensor.numpy()
    return result
