"""Every experiment of the paper's tables and figures trains for a few steps."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny import draw_image

from unicell.preset import load_preset
from unicell.preset_file import PRESETS
from unicell.trainer import Trainer

EXPERIMENTS = sorted(
    str(path.relative_to(PRESETS))[: -len(".toml")] for path in (PRESETS / "table2").glob("*.toml")
)


def test_the_rows_of_the_table_are_all_there() -> None:
    assert len(EXPERIMENTS) == 5


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_trains(name: str, tmp_path: Path) -> None:
    preset = load_preset(name)
    small = replace(
        preset,
        model=replace(preset.model, window=64, dim=32, head_dim=32, queries=40, train_queries=40),
        train=replace(preset.train, steps=2, dense_steps=1, batch=1, largest_crop=64),
    )
    run = Trainer(small, torch.device("cpu"), tmp_path)
    pictures = [
        [draw_image(seed, min(3, len(d.classes))) for seed in range(2)] for d in small.datasets
    ]
    run.prepare(pictures)
    terms = {}
    for _ in range(2):
        terms = run.advance()
    assert all(math.isfinite(value) for value in terms.values())
    assert "dense_object" in terms
