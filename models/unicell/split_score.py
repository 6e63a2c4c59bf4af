"""Scores of trained weights on a split, each at its own best threshold.

    python -m unicell.split_score WEIGHTS --data DATA --split train --images 30

prints of train pictures what a run prints of val: whether a model is short of training, or knows
its pictures by heart. ``--names`` adds how often it names a labelled nucleus right, found or not.
Figures for others come from ``unicell report``, at the thresholds of the model's card; test splits
have no business here.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from .data import LabelledImage, list_images
from .guided_run import report
from .name_score import score_names
from .run_log import format_report
from .weights import load_model


def spread(count: int, most: int) -> range:
    """Indices of about ``most`` of ``count`` pictures, from the beginning to the end."""
    return range(0, count, max(1, count // most))


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", choices=("train", "val"), default="train")
    parser.add_argument("--images", type=int, default=30, help="of each data set, about")
    parser.add_argument("--exit", choices=("dense", "decoder"), default="dense")
    parser.add_argument("--names", action="store_true", help="also of names at labelled nuclei")
    args = parser.parse_args()
    model = load_model(args.weights)
    preset = model.preset
    pictures: list[list[LabelledImage]] = []
    for dataset in preset.datasets:
        files = (
            []
            if dataset.sources
            else list_images(args.data / dataset.id, args.split, dataset.labels)
        )
        chosen = [files[i] for i in spread(len(files), args.images)]
        pictures.append([file.read(preset.mpp) for file in chosen])
    print(format_report(report(preset, model, pictures, (args.exit,))), flush=True)
    if args.names:
        for i, (dataset, own) in enumerate(zip(preset.datasets, pictures, strict=True)):
            if own:
                print(f"  {dataset.id:9s} {score_names(model, i, own)}", flush=True)


if __name__ == "__main__":
    main()
