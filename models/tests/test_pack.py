"""A small copy of a data set teaches what the data set does."""

import csv
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unicell import pack
from unicell.data import read_images
from unicell.pack import folders_of, pack_folder
from unicell.preset import DatasetConfig, load_preset

IMAGES = """image,split,width,height,mpp,slide
a.png,train,101,60,0.25,first
a.jpg,train,40,30,0.5,second
b.png,test,8,8,0.5,third
"""
POINTS = """image,x,y,class,raw
a.png,80.5,12,tumour,malignant
a.png,1,59,,
a.jpg,7,8,stroma,fibroblast
b.png,1,1,stroma,muscle
"""


def write_folder(folder: Path) -> Path:
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(1)
    for name, size in (("a.png", (60, 101)), ("a.jpg", (30, 40)), ("b.png", (8, 8))):
        smooth = Image.fromarray(rng.integers(0, 255, (4, 4, 3), dtype=np.uint8))
        smooth.resize(size[::-1], Image.Resampling.BICUBIC).save(folder / "images" / name)
    (folder / "images.csv").write_text(IMAGES)
    (folder / "points.csv").write_text(POINTS)
    (folder / "ignore.csv").write_text("image,x0,y0,x1,y1\na.png,10,20,30,60\nb.png,0,0,1,1\n")
    return folder


def test_a_copy_reads_as_the_data_set_does(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "data" / "mine")
    out = tmp_path / "packed" / "mine"

    assert pack_folder(folder, out, ["train", "val"], 0.5) == 2

    labels: list[str | list[str]] = ["stroma", "tumour"]
    there, here = ([*read_images(f, "train", labels, 0.5)] for f in (folder, out))
    for one, copy in zip(there, here, strict=True):
        assert copy.rgb.shape == one.rgb.shape
        assert np.abs(copy.rgb.astype(int) - one.rgb).mean() < 3
        np.testing.assert_allclose(copy.points, one.points, atol=1e-3)
        np.testing.assert_allclose(copy.ignored, one.ignored, atol=1e-3)
        assert copy.classes.tolist() == one.classes.tolist()
        assert copy.source == one.source == "mine"
    # What is a JPEG of the right size already does not become a worse one.
    assert (out / "images" / "a.jpg").read_bytes() == (folder / "images" / "a.jpg").read_bytes()
    assert not (out / "images" / "b.png.jpg").exists()
    with (out / "images.csv").open(newline="") as file:
        assert [row["slide"] for row in csv.DictReader(file)] == ["first", "second"]


def test_splits_without_images_are_named(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "mine")
    with pytest.raises(ValueError, match=r"no image of the splits \['val'\]"):
        pack_folder(folder, tmp_path / "out", ["val"], 0.5)


def test_what_a_preset_borrows_comes_along() -> None:
    preset = load_preset("compact")
    one, two = (
        DatasetConfig(name, name, ["c"], ["c"], ["c"], borrowed=borrowed)
        for name, borrowed in (("one", {"three": [["c"]], "two": [["c"]]}), ("two", {}))
    )
    merged = replace(two, id="all", sources=["one", "four"])
    assert folders_of(replace(preset, datasets=[one, two, merged])) == [
        "one",
        "three",
        "two",
        "four",
    ]


def test_the_command_says_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        sys, "argv", ["pack", "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    )
    with pytest.raises(SystemExit) as stop:
        pack.main()
    assert stop.value.code == 2
    assert "consep/images.csv" in capsys.readouterr().err
