"""Scores of a split, by the command."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import draw_image, tiny_preset, write_data

from unicell import split_score
from unicell.guided import GuidedUniCell
from unicell.name_score import score_names
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
    arguments = [str(weights), "--data", str(tmp_path / "data"), "--split", split, "--names"]
    monkeypatch.setattr(sys, "argv", ["split_score", *arguments])
    split_score.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines[:2]] == [
        ["one", "dense", "Fd"],
        ["two", "dense", "Fd"],
    ]
    assert [line.split()[0] for line in lines[2:]] == ["one", "two"]
    assert all("names right, F1" in line for line in lines[2:])


def test_names_count_where_the_labels_are(monkeypatch: pytest.MonkeyPatch) -> None:
    preset = tiny_preset()
    picture = draw_image(0, 2)
    pairs = picture.classes[picture.classes >= 0]
    # A model that says "B" of the right half and "A" of the left.
    half = picture.rgb.shape[1] / 2

    def said(*_: object) -> np.ndarray:  # type: ignore[type-arg]
        rows, columns = (-(-side // 2) for side in picture.rgb.shape[:2])
        right = np.broadcast_to(np.arange(columns) * 2 >= half, (rows, columns))
        return np.stack([right * 0.0, ~right * 1.0, right * 1.0])

    monkeypatch.setattr("unicell.name_score.maps_of", said)
    found = score_names(GuidedUniCell(preset), 0, [picture, picture])
    named = (picture.points[:, 0] // 2 * 2 >= half).astype(int)[picture.classes >= 0]
    assert found.nuclei == 2 * len(pairs)
    assert found.right == pytest.approx((named == pairs).mean())
    for k in range(2):
        hits = ((named == k) & (pairs == k)).sum()
        assert found.f1[k] == pytest.approx(2 * hits / ((named == k).sum() + (pairs == k).sum()))


def test_a_test_split_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["split_score", "w.pt", "--data", "d", "--split", "test"])
    with pytest.raises(SystemExit):
        split_score.main()
