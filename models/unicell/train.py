"""Train a preset on several data sets at once.

    python -m unicell.train --preset compact --data ../shared/data \\
        --backbone ../shared/weights/mobilenet_v2/imagenet_bnfused.pt --out runs/compact
    python -m unicell.train --data DATA --dataset mine --classes Tumour,Stroma --out runs/mine
    python -m unicell.train --preset swin-b --data TILES --backbone SWIN.pth --out runs/swin-b

The first is the dense-guided UniCell, the second the same for one's own classes, from weights that
the project has trained, the third the paper's model; several GPUs train that one
with ``torchrun --nproc-per-node 4 -m unicell.train ...``. A run that is stopped goes on from its
last checkpoint when started again, and ends with the same weights as an undisturbed one on the same
device.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch

from .guided_run import train_guided
from .own_preset import WEIGHTS, write_own_preset
from .paper_run import train_paper
from .preset_file import is_full_model, read_table
from .run import Run, RunError, command_line, given


def train(name: str, run: Run) -> Path | None:
    """Train a preset: which of the two models, the preset says.

    Returns:
        Path of the weights, or ``None`` when the run was stopped before its end.
    """
    with given():
        full = is_full_model(read_table(name))
    return (train_paper if full else train_guided)(name, run)


def setting(entry: str) -> tuple[str, Any]:
    """Name and value of ``FIELD=VALUE``; a value that is no JSON is a word."""
    name, equals, value = entry.partition("=")
    if not equals:
        raise ValueError(f"--set {entry}: expected FIELD=VALUE")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="compact")
    parser.add_argument("--dataset", help="one's own data set alone: its folder in --data")
    parser.add_argument("--classes", help="of --dataset, by commas, in head order")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of data sets in the neutral layout"
    )
    parser.add_argument("--backbone", type=Path, help="ImageNet weights of the backbone")
    parser.add_argument(
        "--init", type=Path, help="weights.pt or checkpoint.pt to start from, where shapes agree"
    )
    parser.add_argument(
        "--lessons", type=Path, help="what teachers said of the pictures: python -m unicell.teach"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--log", type=Path, help="another place for the log in --out")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--steps", type=int, help="instead of the preset's")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="override a [train] field, for experiments",
    )
    parser.add_argument(
        "--stop-after",
        type=float,
        metavar="MINUTES",
        help="save a checkpoint and stop after this time; the same command goes on",
    )
    parser.add_argument("--log-every", type=int, default=100, metavar="STEPS")
    parser.add_argument("--validate-every", type=int, default=0, metavar="STEPS")
    args = parser.parse_args()
    try:
        overrides = dict(setting(entry) for entry in args.set)
    except ValueError as error:
        parser.error(str(error))
    if args.steps:
        overrides["steps"] = args.steps
    preset, init = args.preset, args.init
    if (args.dataset is None) != (args.classes is None):
        parser.error(
            "--dataset and --classes come together: a data set of your own and its classes"
        )
    if args.dataset is not None:
        classes = [name.strip() for name in args.classes.split(",") if name.strip()]
        start = WEIGHTS / f"{args.preset}.pt"
        if init is None and args.backbone is None and start.is_file():
            init = start
            print(f"starts from {start}", flush=True)
        try:
            path = args.out / "preset.toml"
            preset = str(write_own_preset(path, args.dataset, classes, args.preset))
        except (OSError, ValueError) as error:
            parser.exit(2, f"error: {error}\n")
    if args.device.startswith("cuda"):
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
    run = Run(
        out=args.out,
        device=torch.device(args.device),
        data=args.data,
        backbone=args.backbone,
        lessons=args.lessons,
        init=init,
        log=args.log,
        overrides=overrides,
        stop_after=args.stop_after,
        log_every=args.log_every,
        validate_every=args.validate_every,
        command=command_line("train"),
    )
    try:
        train(preset, run)
    except RunError as error:
        parser.exit(2, f"error: {error}\n")


if __name__ == "__main__":
    main()
