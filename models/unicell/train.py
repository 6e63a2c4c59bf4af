"""Train the dense-guided UniCell on several data sets at once.

    python -m unicell.train --preset compact --data ../shared/data \\
        --backbone ../shared/weights/mobilenet_v2/imagenet_bnfused.pt --out runs/compact

A run that is stopped goes on from its last checkpoint when started again, and ends with the same
weights as an undisturbed one on the same device.
"""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from . import deformable_cpu
from .convolution import depthwise_cpu
from .data import Picture, read_pictures, splits_of
from .guided import GuidedUniCell
from .pack import read_pack
from .preset import Preset, load_preset
from .run_log import describe_pictures, describe_run, write_log
from .trainer import Trainer
from .validate import EXITS, Exit, choose
from .weights import load_model

LOGGED_RADII_UM = (2.0,)
LOGGED_THRESHOLDS = tuple(round(0.2 + 0.05 * i, 3) for i in range(10))
"""What the scores in logs are the best of: a shorter search than the export's, alike for all runs,
so that their rows compare."""


def report(
    preset: Preset, model: GuidedUniCell, val: list[list[Picture]], exits: Sequence[Exit] = EXITS
) -> dict[str, Any]:
    """Scores on the val splits, with and without the decoder.

    A data set of several sources is scored on each that is no data set of its own, over the classes
    that the source has.
    """
    result: dict[str, Any] = {}
    own = {dataset.id for dataset in preset.datasets if not dataset.sources}
    for dataset, config in enumerate(preset.datasets):
        held = {picture.source for picture in val[dataset]}
        for source in config.folders:
            if source not in held or (config.sources and source in own):
                continue
            pictures, averaged = val[dataset], None
            if config.sources:
                pictures = [picture for picture in pictures if picture.source == source]
                labels = np.concatenate([picture.classes for picture in pictures])
                averaged = [k for k in range(len(config.classes)) if k in labels] or None
            result[source] = {
                exit_: asdict(
                    choose(
                        model,
                        pictures,
                        dataset,
                        exit_,
                        LOGGED_RADII_UM,
                        averaged=averaged,
                        thresholds=LOGGED_THRESHOLDS,
                    )
                )
                for exit_ in exits
            }
    return result


def format_report(result: dict[str, Any]) -> str:
    """A line per data set and exit."""
    lines = []
    for dataset, exits in result.items():
        for exit_, choice in exits.items():
            classes = " ".join(f"{v:.3f}" for v in choice["classes"])
            lines.append(
                f"  {dataset:9s} {exit_:8s} Fd {choice['fd']:.3f} Fc {choice['fc']:.3f} [{classes}]"
                f" at {choice['threshold']} / {choice['radius_um']} um"
            )
    return "\n".join(lines)


SAVE_SECONDS = 600


@dataclass(frozen=True)
class Run:
    """Where a run takes its data and puts its results, and when it speaks.

    Attributes:
        out: folder of checkpoint, weights and val scores.
        data: folder of data sets in the neutral layout; or
        pack: file written by ``unicell.pack``.
        backbone: ImageNet weights.
        teacher: weights of a model to distil from.
        init: weights or checkpoint to start from, where shapes agree.
        log: where the log of the finished run goes beside ``log.json`` in ``out``.
        overrides: fields of ``[train]`` that replace the preset's.
        stop_after: minutes after which the run saves a checkpoint and stops.
        log_every, validate_every: steps; 0 validates only at the end.
        command: what was typed to start it, for the log.
    """

    out: Path
    device: torch.device
    data: Path | None = None
    pack: Path | None = None
    backbone: Path | None = None
    teacher: Path | None = None
    init: Path | None = None
    log: Path | None = None
    overrides: dict[str, Any] = field(default_factory=dict)
    stop_after: float | None = None
    log_every: int = 100
    validate_every: int = 0
    command: str = ""

    def pictures(self, preset: Preset, split: str) -> list[list[Picture]]:
        """The pictures of a split, per data set.

        A folder without pictures of the split is left out where the data set has others.

        Raises:
            ValueError: a pack is given for a preset that reads data sets under other labels.
        """
        if self.pack is not None:
            if renamed := [d.id for d in preset.datasets if d.sources]:
                raise ValueError(
                    f"{renamed} of the preset {preset.id!r} are made of other data sets, "
                    "which a pack holds under their own classes alone; give --data"
                )
            return [read_pack(self.pack, d.id, split) for d in preset.datasets]
        assert self.data is not None
        return [
            [
                picture
                for folder in d.folders
                if len(d.folders) == 1 or split in splits_of(self.data / folder)
                for picture in read_pictures(self.data / folder, split, d.labels, preset.mpp)
            ]
            for d in preset.datasets
        ]

    def lessons(self, preset: Preset) -> list[list[Picture]]:
        """The pictures to train on, their labels moved onto the nuclei."""
        shifts = preset.label_shift_um
        splits = [self.pictures(preset, split) for split in preset.train.splits]
        return [
            [picture.moved(*shifts.get(picture.source, (0.0, 0.0))) for picture in chain(*each)]
            for each in zip(*splits, strict=True)
        ]


def train(name: str, run: Run) -> Path | None:
    """Train a preset.

    Returns:
        Path of the weights, or ``None`` when the run was stopped before its end.
    """
    preset = load_preset(name)
    preset = replace(preset, train=replace(preset.train, **run.overrides))
    done = run.out / "val.json"
    if done.is_file():
        print(f"{run.out} holds a finished run", flush=True)
        return run.out / "weights.pt"
    if run.device.type == "cpu":
        for kernel in (deformable_cpu.kernel, depthwise_cpu):
            if missing := kernel.enable():
                print(f"{missing}: training goes without {kernel.name}, and slower", flush=True)
    trainer = Trainer(preset, run.device, run.out)
    teacher = load_model(run.teacher, run.device) if run.teacher else None
    pictures = run.lessons(preset)
    data = {"train": [describe_pictures(per) for per in pictures]}
    trainer.prepare(pictures, run.backbone, teacher, run.init)
    # The trainer has them on its device now, and they are large.
    del pictures
    val = run.pictures(preset, "val")
    data["val"] = [describe_pictures(per) for per in val]
    start, first_step, before = time.monotonic(), trainer.step, trainer.seconds

    def validate() -> dict[str, Any]:
        averaged = GuidedUniCell(preset).to(run.device).eval()
        averaged.load_state_dict(trainer.average.weights)
        exits: Sequence[Exit] = EXITS if trainer.step > preset.train.dense_steps else ("dense",)
        result = report(preset, averaged, val, exits)
        print(f"step {trainer.step} val\n{format_report(result)}", flush=True)
        return result

    saved = start
    asked_to_stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked_to_stop.append(number))
    while trainer.step < preset.train.steps:
        terms = trainer.advance()
        elapsed = time.monotonic() - start
        trainer.seconds = before + elapsed
        if trainer.step % run.log_every == 0:
            rate = (trainer.step - first_step) / elapsed
            left = (preset.train.steps - trainer.step) / rate
            shown = " ".join(f"{k} {v:.3f}" for k, v in terms.items())
            print(
                f"step {trainer.step}/{preset.train.steps} {rate:.2f}/s eta {left:.0f} s "
                f"skipped {trainer.skipped} {shown}",
                flush=True,
            )
        if time.monotonic() - saved > SAVE_SECONDS:
            trainer.save()
            saved = time.monotonic()
        if run.validate_every and trainer.step % run.validate_every == 0:
            validate()
        if asked_to_stop or (run.stop_after and elapsed > 60 * run.stop_after):
            trainer.save()
            print(f"stopped at step {trainer.step}; start again to go on", flush=True)
            return None
    trainer.save()
    path = trainer.write_weights()
    result = validate()
    origin = {"backbone": run.backbone, "init": run.init, "teacher": run.teacher}
    log = describe_run(preset, data, origin, run.device, trainer.seconds, result, run.command)
    # The export takes the command that trained the weights from the log beside them.
    for place in {run.out / "log.json", run.log or run.out / "log.json"}:
        write_log(log, place)
    done.write_text(json.dumps(result, indent=2) + "\n")
    print(f"wrote {path}", flush=True)
    return path


def typed(module: str) -> str:
    """The command line that started this process."""
    return f"python -m unicell.{module} {shlex.join(sys.argv[1:])}"


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="compact")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, help="folder of data sets in the neutral layout")
    source.add_argument("--pack", type=Path, help="file written by unicell.pack")
    parser.add_argument("--backbone", type=Path, help="ImageNet weights of the backbone")
    parser.add_argument(
        "--init", type=Path, help="weights.pt or checkpoint.pt to start from, where shapes agree"
    )
    parser.add_argument("--teacher", type=Path, help="weights.pt of a model to distil from")
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
    overrides = {k: json.loads(v) for k, v in (entry.split("=", 1) for entry in args.set)}
    if args.steps:
        overrides["steps"] = args.steps
    if args.device.startswith("cuda"):
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
    run = Run(
        out=args.out,
        device=torch.device(args.device),
        data=args.data,
        pack=args.pack,
        backbone=args.backbone,
        teacher=args.teacher,
        init=args.init,
        log=args.log,
        overrides=overrides,
        stop_after=args.stop_after,
        log_every=args.log_every,
        validate_every=args.validate_every,
        command=typed("train"),
    )
    train(args.preset, run)


if __name__ == "__main__":
    main()
