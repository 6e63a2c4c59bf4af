"""A run that trains the full UniCell, the paper's model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from . import deformable_cpu, processes
from .config import UniCellConfig, load_config
from .cpu_kernel import enable_kernels
from .data import LabelledImageFile, list_images, splits_of
from .model import UniCell
from .paper_trainer import PaperTrainer, mixed, say
from .run import Run, RunError, given
from .run_log import describe_files, describe_run, format_report
from .run_loop import conclude, finished_run, run_steps
from .strict_table import parse
from .tile_score import score_tiles
from .training_config import TrainingConfig


def train_paper(name: str, run: Run) -> Path | None:
    """Train a preset of the full UniCell.

    Returns:
        Path of the weights, or ``None`` when the run was stopped before its end.

    Raises:
        RunError: settings, pictures or weights that cannot be used; the message names them.
    """
    with given():
        config = with_overrides(load_config(name), run.overrides)
    if run.lessons is not None:
        raise RunError(
            f"the preset {config.id!r} is of the paper's model, which knows no --lessons"
        )
    if finished := finished_run(run):
        return finished
    run = replace(run, device=processes.join(run.device))
    try:
        return _train(config, run)
    finally:
        processes.leave()


def _train(config: UniCellConfig, run: Run) -> Path | None:
    if run.device.type == "cpu":
        enable_kernels(deformable_cpu.kernel)
    first = processes.rank() == 0
    with given():
        files = lessons_of(run, config)
        val = [_files_of(run, config, i, "val") for i in range(len(config.datasets))]
        for dataset, lessons, held in zip(config.datasets, files, val, strict=True):
            report_images(config, dataset.id, lessons, held)
        trainer = PaperTrainer(config, run.device, run.out)
        trainer.prepare(files, run.backbone, run.init)
        # Every picture is read once, so that one that is damaged shows now.
        splits = {"train": files, "val": val}
        data = {k: [describe_files(own) for own in each] for k, each in splits.items() if first}

    def validate() -> dict[str, Any]:
        if not first:
            return {}
        model = UniCell(config).to(run.device).eval()
        model.load_state_dict(trainer.weights)
        with mixed(run.device, config.train):
            result = score_tiles(model, val)
        say(f"step {trainer.step} val\n{format_report(result)}")
        return result

    if not run_steps(trainer, config.train.steps, run, validate):
        return None
    if not first:
        return run.out / "weights.pt"
    path = trainer.write_weights()
    result = validate()
    start = {"backbone": run.backbone, "init": run.init}
    log = describe_run(config, data, start, run.device, trainer.seconds, result, run.command)
    conclude(run, path, log)
    return path


def with_overrides(config: UniCellConfig, overrides: dict[str, Any]) -> UniCellConfig:
    """The configuration with some fields of ``[train]`` replaced.

    Raises:
        ValueError: a field or value that there is not.
    """
    table = asdict(config.train) | overrides
    return replace(config, train=parse(TrainingConfig, table, "train"))


def lessons_of(run: Run, config: UniCellConfig) -> list[list[LabelledImageFile]]:
    """The pictures to train on, per data set.

    Raises:
        ValueError: data sets without pictures; all of them are named.
    """
    files = [
        [f for split in config.train.splits for f in _files_of(run, config, i, split)]
        for i in range(len(config.datasets))
    ]
    empty = [d.id for d, own in zip(config.datasets, files, strict=True) if not own]
    if empty:
        had = [d.id for d in config.datasets if d.id not in empty]
        raise ValueError(
            f"{run.data} has no pictures of {empty} to train on (splits "
            f"{list(config.train.splits)}). Write them there with `unicell tile DATA --dataset "
            f"{empty[0]} --split train --out {run.data}/{empty[0]}`, or train without them: a "
            f"preset that says extends = {config.id!r} and only = {had or ['...']}"
        )
    return files


def _files_of(run: Run, config: UniCellConfig, dataset: int, split: str) -> list[LabelledImageFile]:
    """The pictures of a data set's split: of its folder, or of one in there for the split."""
    wanted = config.datasets[dataset]
    for folder in (run.data / wanted.id / split, run.data / wanted.id):
        if (folder / "images.csv").is_file() and split in splits_of(folder):
            return list_images(folder, split, wanted.spellings)
    return []


def report_images(
    config: UniCellConfig,
    dataset: str,
    lessons: Sequence[LabelledImageFile],
    val: Sequence[LabelledImageFile],
) -> None:
    """Say what is trained on, and what is odd about it."""
    train = config.train
    say(f"{dataset}: {len(lessons)} pictures to train on, {len(val)} to score (split val)")
    short = max(train.short_sides)
    sizes = [file.size() for file in lessons]
    shrunk = sum(min(size) > short or max(size) > train.long_side for size in sizes)
    small = sum(min(size) < train.min_side for size in sizes)
    if shrunk:
        say(
            f"  {shrunk} of them are larger than what the model sees ({short} px) and are shrunk; "
            "the paper enlarges tiles: cut them with `unicell tile`"
        )
    if small:
        say(f"  {small} of them have a side below {train.min_side} px and are left out")
