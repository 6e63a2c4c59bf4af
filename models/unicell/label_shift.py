"""How far beside the nuclei the labels of a data set lie.

    python -m unicell.label_shift models/compact/weights.pt --data DATA

Coordinates are often written as numbers of pixels, whose centres lie half a pixel farther, or cut
to whole numbers; the labels then lie to the left of the nuclei and above. A model trained on
flipped and turned crops cannot learn that, and points at the nuclei. So the mean way from a label
to its prediction, on pictures of the train split, is the shift: it turns around with a picture that
is flipped, which a fault of the model would not.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from .data import LabelledImage, read_images
from .guided import GuidedUniCell
from .predict import predict, suppress
from .weights import load_model

NEAR_UM = 2.5
"""A prediction farther from every label than this is of no label."""

PICTURES = 40


def flipped(picture: LabelledImage) -> LabelledImage:
    """The picture turned by half a turn."""
    height, width = picture.rgb.shape[:2]
    corner = np.array([width, height], dtype=np.float32)
    return replace(picture, rgb=picture.rgb[::-1, ::-1].copy(), points=corner - picture.points)


def ways(
    model: GuidedUniCell, dataset: int, pictures: Sequence[LabelledImage], threshold: float
) -> Iterator[npt.NDArray[np.float64]]:
    """(N, 2) ways in micrometres from the labels of each picture to the nearest predictions."""
    for picture in pictures:
        found = suppress(predict(model, picture, dataset, decode=False), 4)
        points = found.points[found.scores >= threshold]
        if not len(points) or not len(picture.points):
            continue
        distance, nearest = cKDTree(picture.points).query(points)
        near = distance * picture.mpp < NEAR_UM
        yield (points[near] - picture.points[nearest[near]]) * picture.mpp


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--threshold", type=float, default=0.4)
    args = parser.parse_args()
    model = load_model(args.weights)
    rng = np.random.default_rng(0)
    for dataset, config in enumerate(model.preset.datasets):
        for folder in config.folders:
            pictures = list(
                read_images(args.data / folder, "train", config.labels, model.preset.mpp)
            )
            drawn = [pictures[i] for i in rng.permutation(len(pictures))[:PICTURES]]
            plain = np.concatenate([*ways(model, dataset, drawn, args.threshold)])
            turned = [*ways(model, dataset, [flipped(p) for p in drawn], args.threshold)]
            mean, back = plain.mean(0), np.concatenate(turned).mean(0)
            error = plain.std(0) / len(plain) ** 0.5
            print(
                f"{config.id:9s} {folder:9s} {len(plain):6d} nuclei: "
                f"({mean[0]:+.2f}, {mean[1]:+.2f}) um, standard error {error.max():.2f}, "
                f"turned around ({back[0]:+.2f}, {back[1]:+.2f})",
                flush=True,
            )


if __name__ == "__main__":
    main()
