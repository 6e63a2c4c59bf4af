"""A run that trains the dense-guided UniCell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from . import deformable_cpu
from .convolution import depthwise_cpu
from .cpu_kernel import enable_kernels
from .data import LabelledImage, read_images
from .guided import GuidedUniCell
from .lessons import Lessons
from .preset import DatasetConfig, Preset, TrainConfig, build, load_preset
from .preset_pictures import images_of
from .run import Run, given
from .run_log import describe_images, describe_run, format_report
from .run_loop import conclude, finished_run, run_steps
from .trainer import Trainer
from .validate import EXITS, Exit, choose_operating_point

LOGGED_RADII_UM = (2.0,)
LOGGED_THRESHOLDS = tuple(round(0.2 + 0.05 * i, 3) for i in range(10))
"""What the scores in logs are the best of: a shorter search than the export's, alike for all runs,
so that their rows compare."""


def report(
    preset: Preset,
    model: GuidedUniCell,
    val: list[list[LabelledImage]],
    exits: Sequence[Exit] = EXITS,
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
                    choose_operating_point(
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


def lessons_of(run: Run, preset: Preset) -> list[list[LabelledImage]]:
    """The pictures to train on and those that are borrowed, labels moved onto the nuclei."""
    shifts = preset.label_shift_um
    splits = [
        [images_of(preset, dataset, run.data, split) for dataset in preset.datasets]
        for split in preset.train.splits
    ]
    if preset.train.borrow_share > 0:
        splits.append([borrowed_images(run, preset, dataset) for dataset in preset.datasets])
    return [
        [picture.moved(*shifts.get(picture.source, (0.0, 0.0))) for picture in chain(*each)]
        for each in zip(*splits, strict=True)
    ]


def borrowed_images(run: Run, preset: Preset, dataset: DatasetConfig) -> list[LabelledImage]:
    """The train pictures of other data sets that a data set learns from, with its own classes."""
    return [
        picture
        for folder, labels in dataset.borrowed.items()
        for picture in read_images(run.data / folder, "train", labels, preset.mpp, "unknown")
    ]


def train_guided(name: str, run: Run) -> Path | None:
    """Train a preset of the dense-guided UniCell.

    Returns:
        Path of the weights, or ``None`` when the run was stopped before its end.

    Raises:
        RunError: settings, pictures or weights that cannot be used; the message names them.
    """
    with given():
        preset = load_preset(name)
        table = asdict(preset.train) | run.overrides
        preset = replace(preset, train=build(TrainConfig, table, f"{name} [train]"))
    if finished := finished_run(run):
        return finished
    if run.device.type == "cpu":
        enable_kernels(deformable_cpu.kernel, depthwise_cpu)
    if run.device.type == "cuda":
        # Every crop of a data set has one size.
        torch.backends.cudnn.benchmark = True
    with given():
        trainer = Trainer(preset, run.device, run.out)
        lessons = Lessons(run.lessons) if run.lessons else None
        pictures = lessons_of(run, preset)
        own = [
            [picture for picture in per if picture.source not in dataset.borrowed]
            for per, dataset in zip(pictures, preset.datasets, strict=True)
        ]
        data = {"train": [describe_images(per) for per in own]}
        trainer.prepare(pictures, run.backbone, lessons, run.init)
        # The trainer has them on its device now, and they are large.
        del pictures, own
        # A score on pictures that it learns from would say nothing.
        learns_val = "val" in preset.train.splits
        val = []
        if not learns_val:
            val = [images_of(preset, one, run.data, "val") for one in preset.datasets]
    if val:
        data["val"] = [describe_images(per) for per in val]

    def validate() -> dict[str, Any]:
        if not val:
            return {}
        averaged = GuidedUniCell(preset).to(run.device).eval()
        averaged.load_state_dict(trainer.average.weights)
        exits: Sequence[Exit] = EXITS if trainer.step > preset.train.dense_steps else ("dense",)
        result = report(preset, averaged, val, exits)
        print(f"step {trainer.step} val\n{format_report(result)}", flush=True)
        return result

    if not run_steps(trainer, preset.train.steps, run, validate):
        return None
    path = trainer.write_weights()
    result = validate()
    index = run.lessons / "index.json" if run.lessons else None
    origin = {"backbone": run.backbone, "init": run.init, "lessons": index}
    log = describe_run(preset, data, origin, run.device, trainer.seconds, result, run.command)
    conclude(run, path, log)
    return path
