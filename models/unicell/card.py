"""The model card: everything the TypeScript reads about a model (fields: ``docs/model-card.md``).

    python -m unicell.card models/compact --scores SCORES.json

adds the scores that ``unicell evaluate --json`` printed, one JSON object per line.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

from .preset import Preset
from .validate import HALO, Choice

LICENCE_ID = "LicenseRef-UniCell-Research-NonCommercial"


def model_file(path: Path) -> dict[str, Any]:
    """Name, hash and size of a file beside the card."""
    content = path.read_bytes()
    return {
        "path": path.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    }


def write_card(
    preset: Preset, choices: list[tuple[Choice, int]], exit_: str, folder: Path
) -> None:
    """Write ``card.json`` beside ``trunk.onnx`` and ``dataset.onnx``.

    Args:
        preset: what was trained.
        choices: per data set the operating point chosen on val, and the number of val pictures.
        exit_: ``decoder`` or ``dense``.
        folder: the model's folder.
    """
    command = f"python -m unicell.export runs/{preset.id}/weights.pt --exit {exit_}"
    card = {
        "schema": 1,
        "id": preset.id,
        "version": "0.1.0",
        "description": (
            f"UniCell, preset {preset.id}: detects and classifies nuclei in H&E pictures under "
            f"{len(preset.datasets)} label sets. Research use only."
        ),
        "researchUseOnly": True,
        "licence": {"id": LICENCE_ID, "file": "LICENSE"},
        "mpp": preset.mpp,
        "window": {"width": preset.model.window, "height": preset.model.window, "haloPx": HALO},
        "normalisation": {"mean": [127.5] * 3, "std": [127.5] * 3},
        "exit": exit_,
        "queries": preset.model.queries,
        "variants": {
            "fp32": {
                "trunk": model_file(folder / "trunk.onnx"),
                "dataset": model_file(folder / "dataset.onnx"),
            }
        },
        "datasets": [
            {
                "id": dataset.id,
                "name": dataset.name,
                "classes": dataset.classes,
                "threshold": choice.threshold,
                "suppressionRadiusUm": choice.radius_um,
                "matchRadiusUm": dataset.match_radius_um,
            }
            for dataset, (choice, _) in zip(preset.datasets, choices, strict=True)
        ],
        "scores": [
            {
                "dataset": dataset.id,
                "split": "val",
                "fd": round(choice.fd, 4),
                "fc": round(choice.fc, 4),
                "images": images,
                "command": command,
            }
            for dataset, (choice, images) in zip(preset.datasets, choices, strict=True)
        ],
        "training": {
            "data": [dataset.name for dataset in preset.datasets],
            "command": (
                f"python -m unicell.train --preset {preset.id} --data DATA "
                f"--backbone IMAGENET.pt --out runs/{preset.id}"
            ),
        },
    }
    _write(folder, card)


def add_scores(folder: Path, lines: list[dict[str, Any]]) -> None:
    """Replace the card's scores of the splits that ``lines`` report."""
    card = json.loads((folder / "card.json").read_text())
    reported = {(line["dataset"], line["split"]) for line in lines}
    kept = [s for s in card["scores"] if (s["dataset"], s["split"]) not in reported]
    card["scores"] = kept + [
        {
            "dataset": line["dataset"],
            "split": line["split"],
            "fd": round(line["fd"], 4),
            "fc": round(line["fc"], 4),
            "images": line["images"],
            "command": (
                f"unicell evaluate --data DATA --dataset {line['dataset']} "
                f"--split {line['split']} --model {card['id']}"
            ),
        }
        for line in lines
    ]
    _write(folder, card)


def _write(folder: Path, card: dict[str, Any]) -> None:
    (folder / "card.json").write_text(json.dumps(card, indent=2) + "\n")


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scores", type=Path, required=True)
    args = parser.parse_args()
    lines = [json.loads(line) for line in args.scores.read_text().splitlines() if line.strip()]
    add_scores(args.folder, lines)


if __name__ == "__main__":
    main()
