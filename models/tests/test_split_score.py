"""Scores of a split, by the command."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny import draw_image, tiny_preset, write_data

from unicell import split_score
from unicell.trainer import Trainer


def test_pictures_are_spread_over_a_split() -> None:
    assert list(split_score.spread(100, 4)) == [0, 25, 50, 75]
    assert list(split_score.spread(3, 30)) == [0, 1, 2]
    assert list(split_score.spread(0, 30)) == []


@pytest.mark.parametrize("split", ["train", "val"])
def test_each_data_set_is_scored(
    split: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tiny = tiny_preset()
    preset = replace(tiny, model=replace(tiny.model, halo=16))
    run = Trainer(preset, torch.device("cpu"), tmp_path)
    run.prepare([[draw_image(0, 2)], [draw_image(1, 3)]])
    weights = run.write_weights()
    write_data(tmp_path / "data", preset, pictures=2)
    arguments = [str(weights), "--data", str(tmp_path / "data"), "--split", split]
    monkeypatch.setattr(sys, "argv", ["split_score", *arguments])
    split_score.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines] == [["one", "dense", "Fd"], ["two", "dense", "Fd"]]


def test_a_test_split_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["split_score", "w.pt", "--data", "d", "--split", "test"])
    with pytest.raises(SystemExit):
        split_score.main()
