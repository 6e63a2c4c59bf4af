"""Scores of the full UniCell on labelled tiles, as its authors take them (spec 13.4 and 13.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from .data import LabelledImageFile
from .image_batch import normalise
from .model import UniCell
from .postprocess import Nuclei, best_pairs, to_pixels
from .score import Tally
from .training_config import TrainingConfig
from .training_image import TrainingImage, fitted_size
from .validate import Choice

THRESHOLD = 0.5
"""What has a higher score is kept."""


@torch.no_grad()
def find_nuclei(
    model: UniCell, image: TrainingImage, dataset: int, train: TrainingConfig
) -> Nuclei:
    """The nuclei of a tile, in pixels of it, whose score is above :data:`THRESHOLD`."""
    device = next(model.parameters()).device
    size = fitted_size(image.size, max(train.short_sides), train.long_side)
    seen = normalise(image.resized(size).rgb)[None].to(device)
    outputs = model(seen, dataset)
    nuclei = best_pairs(outputs.logits[0].float().cpu(), outputs.points[0].float().cpu())
    kept = nuclei.scores > THRESHOLD
    scale = (size[0] / image.size[0], size[1] / image.size[1])
    points = to_pixels(nuclei.points[kept], size, scale)
    return Nuclei(nuclei.scores[kept], nuclei.labels[kept], points)


def score_tiles(model: UniCell, files: Sequence[Sequence[LabelledImageFile]]) -> dict[str, Any]:
    """F-scores by data set, as :class:`unicell.run_log.RunLog` holds them.

    Args:
        model: In evaluation mode.
        files: Per data set; those without any have no score.
    """
    result: dict[str, Any] = {}
    for index, (dataset, own) in enumerate(zip(model.config.datasets, files, strict=True)):
        if not own:
            continue
        tally = Tally.empty(len(dataset.classes))
        for file in own:
            picture = file.read()
            found = find_nuclei(model, TrainingImage.of(picture), index, model.config.train)
            points = found.points.numpy()
            true, counted = ~picture.ignores(picture.points), ~picture.ignores(points)
            tally.add(
                picture.points[true],
                picture.classes[true],
                points[counted],
                found.labels.numpy()[counted],
                dataset.match_radius_um / picture.mpp,
            )
        classes = [float(value) for value in tally.fc]
        fc = float(np.mean(classes))
        choice = Choice("decoder", THRESHOLD, 0.0, tally.fd, fc, classes, tally.fd + fc)
        result[dataset.id] = {choice.exit: asdict(choice)}
    return result
