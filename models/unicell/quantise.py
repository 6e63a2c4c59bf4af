"""Quantise an exported model for the edge, and list the result in its card.

    python -m unicell.quantise models/compact --data ../shared/data

writes ``trunk.int8.onnx`` and ``dataset.int8.onnx`` into the model's folder and the variant
``int8`` into its card. The folder needs ``weights.pt``, which names the data sets. The same files
come out again from the same model, pictures and versions.

    python -m unicell.quantise models/compact --data ../shared/data --all --out OUT

writes a model folder with every recipe as a variant, for ``npm run bench:quantisation``.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import onnxruntime

from .card import graph_file, write_card_file
from .quantise_calibration import Calibration, calibration_windows
from .quantise_recipes import RECIPES, Feeds, Recipe, apply_recipe, feeds_of
from .weights import read_preset

SHIPPED = "mixed-deep-matmul"
"""The recipe that ``docs/quantisation.md`` chose."""

PER_DATASET = 16
SEED = 20260


def quantise(
    folder: Path, recipe: Recipe, variant: str, feeds: list[tuple[Feeds, Feeds]], seen: Calibration
) -> None:
    """Write one variant's graphs beside the fp32 ones, and its entry in the card."""
    card: dict[str, Any] = json.loads((folder / "card.json").read_text())
    files: dict[str, Any] = {}
    for number, part in enumerate(("trunk", "dataset")):
        source = folder / card["variants"]["fp32"][part]["path"]
        target = folder / f"{part}.{variant}.onnx"
        apply_recipe(recipe, source, target, [pair[number] for pair in feeds])
        files[part] = graph_file(target) | {"optimised": True}
    command = f"python -m unicell.quantise models/{card['id']} --data DATA --recipe {recipe.id}"
    card["variants"][variant] = files
    card.setdefault("quantisation", {})[variant] = {
        "recipe": recipe.id,
        "summary": recipe.summary,
        "tool": f"onnxruntime {onnxruntime.__version__}",
        "command": command,
        **({"calibration": seen.to_card()} if recipe.calibrates else {}),
    }
    write_card_file(folder, card)


def _copy_fp32(folder: Path, out: Path) -> None:
    """Copy the exported graphs, and the card without what was quantised from them before."""
    card: dict[str, Any] = json.loads((folder / "card.json").read_text())
    card["variants"] = {"fp32": card["variants"]["fp32"]}
    card.pop("quantisation", None)
    out.mkdir(parents=True, exist_ok=True)
    for file in card["variants"]["fp32"].values():
        shutil.copyfile(folder / file["path"], out / file["path"])
    write_card_file(out, card)


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--recipe", choices=list(RECIPES), default=SHIPPED)
    parser.add_argument("--all", action="store_true", help="every recipe, named as a variant")
    parser.add_argument("--out", type=Path, help="a folder to write to instead of the model's")
    args = parser.parse_args()
    if args.all and args.out is None:
        parser.error("--all needs --out: the model's own folder keeps one quantised variant")
    folder: Path = args.folder
    weights = folder / "weights.pt"
    if not weights.is_file():
        parser.error(
            f"{weights} is not there; it names the data sets to calibrate on. "
            "Give a folder that `python -m unicell.export` wrote"
        )
    preset = read_preset(weights)
    halo = json.loads((folder / "card.json").read_text())["window"]["haloPx"]
    windows, owners, seen = calibration_windows(preset, halo, args.data, PER_DATASET, SEED)
    if args.out is not None:
        _copy_fp32(folder, args.out)
        folder = args.out
    feeds = list(feeds_of(windows, owners, folder / "trunk.onnx"))
    for recipe in RECIPES.values() if args.all else [RECIPES[args.recipe]]:
        variant = recipe.id if args.all else "int8"
        quantise(folder, recipe, variant, feeds, seen)
        print(f"{folder}: {variant}: {recipe.summary}", flush=True)


if __name__ == "__main__":
    main()
