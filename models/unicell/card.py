"""The model card: everything the TypeScript reads about a model (fields: ``docs/model-card.md``).

    python -m unicell.card models/compact --scores SCORES.json ...

adds scores that ``unicell evaluate --json`` printed, one file per data set and split, or the
``report.json`` of ``unicell report``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .cost import cost_of
from .guided import GuidedUniCell
from .operating_point import CALIBRATED_THRESHOLD, OperatingPoint
from .preset import Preset

EXTERNAL_SUFFIX = ".data"
"""What follows a graph's name in the name of the file that holds its weights, if there is one."""

LICENCE_ID = "LicenseRef-UniCell-Research-NonCommercial"

USE = {
    "intended": [
        "research that locates, counts and names nuclei in H&E pictures under one of its label "
        "sets, with results that a person checks",
        "a start for training on data of one's own",
    ],
    "outOfScope": [
        "diagnosis, treatment or any other decision about a patient",
        "stains other than H&E, fluorescence and cytology, none of which it has seen",
        "pictures without a known resolution",
        "classes outside of the label set that it is asked under: every nucleus gets one of them",
    ],
}
"""What a model of this project is for, and what it must not be used for."""


def model_file(path: Path) -> dict[str, Any]:
    """Name, hash and size of a file beside the card."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return {"path": path.name, "sha256": sha256, "bytes": path.stat().st_size}


def graph_file(path: Path) -> dict[str, Any]:
    """A graph beside the card, with the file of its weights where it has one."""
    weights = path.with_name(path.name + EXTERNAL_SUFFIX)
    external = {"externalData": model_file(weights)} if weights.exists() else {}
    return model_file(path) | external


def write_card(
    model: GuidedUniCell,
    points: Sequence[OperatingPoint],
    folder: Path,
    trained_by: str,
    version: str,
) -> None:
    """Write ``card.json`` beside ``trunk.onnx`` and ``dataset.onnx``.

    Args:
        model: what was trained.
        points: per data set what was chosen on val.
        folder: the model's folder.
        trained_by: the command that trained it.
        version: of the model; results and caches name it.
    """
    preset = model.preset
    command = f"python -m unicell.export runs/{preset.id}/weights.pt --data DATA"
    card = {
        "schema": 1,
        "id": preset.id,
        "version": version,
        "description": (
            f"UniCell, preset {preset.id}: detects and classifies nuclei in H&E pictures under "
            f"{len(preset.datasets)} label sets. Research use only."
        ),
        "researchUseOnly": True,
        "licence": {"id": LICENCE_ID, "file": "LICENSE"},
        "use": USE,
        "mpp": preset.mpp,
        "window": {
            "width": preset.model.window,
            "height": preset.model.window,
            "haloPx": preset.model.halo,
        },
        "normalisation": {"mean": [127.5] * 3, "std": [127.5] * 3},
        "queries": preset.model.queries,
        "cost": cost_of(model).to_card(),
        "variants": {
            "fp32": {
                "trunk": graph_file(folder / "trunk.onnx"),
                "dataset": graph_file(folder / "dataset.onnx"),
            }
        },
        "datasets": [
            {
                "id": dataset.id,
                "name": dataset.name,
                "classes": dataset.classes,
                "threshold": CALIBRATED_THRESHOLD,
                "exit": point.choice.exit,
                "suppressionRadiusUm": point.choice.radius_um,
                "matchRadiusUm": dataset.match_radius_um,
                "calibration": point.calibration.to_card(),
            }
            for dataset, point in zip(preset.datasets, points, strict=True)
        ],
        "scores": [
            {
                "dataset": dataset.id,
                "split": "val",
                "fd": round(point.choice.fd, 6),
                "fc": round(point.choice.fc, 6),
                "images": point.pictures,
                "command": command,
            }
            for dataset, point in zip(preset.datasets, points, strict=True)
            if point.pictures
        ],
        "training": {
            "data": learned_data(preset),
            "splits": list(preset.train.splits),
            "command": trained_by,
        },
    }
    write_card_file(folder, card)


def learned_data(preset: Preset) -> list[str]:
    """Names of the data sets with pictures of their own, and the folders that no other one has."""
    own = {dataset.id: dataset.name for dataset in preset.datasets if not dataset.sources}
    others = {folder for dataset in preset.datasets for folder in dataset.folders} - set(own)
    return [*own.values(), *sorted(others)]


def add_scores(folder: Path, reports: list[dict[str, Any]]) -> None:
    """Replace the card's scores of the splits that ``reports`` are of."""
    card = json.loads((folder / "card.json").read_text())
    reported = {(report["dataset"], report["split"]) for report in reports}
    kept = [s for s in card["scores"] if (s["dataset"], s["split"]) not in reported]
    card["scores"] = kept + [
        {
            "dataset": report["dataset"],
            "split": report["split"],
            "fd": round(report["fd"], 6),
            "fc": round(report["fc"], 6),
            "images": report["images"],
            "command": (
                f"unicell evaluate --data DATA --dataset {report['dataset']} "
                f"--split {report['split']} --model {card['id']}"
            ),
        }
        for report in reports
    ]
    write_card_file(folder, card)


def reports_of(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The scores in a file of ``unicell evaluate --json``, or in a ``report.json``."""
    if "datasets" not in content:
        return [content]
    return [
        dataset["protocols"]["default"]["score"]
        | {
            "dataset": dataset["dataset"],
            "split": content["split"],
            "images": dataset["pictures"],
        }
        for dataset in content["datasets"]
    ]


def write_card_file(folder: Path, card: dict[str, Any]) -> None:
    """Write ``card.json`` as all commands do."""
    (folder / "card.json").write_text(json.dumps(card, indent=2) + "\n")


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scores", type=Path, nargs="+", required=True)
    args = parser.parse_args()
    files = [json.loads(path.read_text()) for path in args.scores]
    add_scores(args.folder, [report for file in files for report in reports_of(file)])


if __name__ == "__main__":
    main()
