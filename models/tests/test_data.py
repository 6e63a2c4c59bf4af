"""Reading the neutral layout."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unicell.data import UNKNOWN_CLASS, read_images


def write_layout(folder: Path, points: str) -> None:
    (folder / "images").mkdir()
    Image.new("RGB", (40, 20), (200, 100, 150)).save(folder / "images" / "a.png")
    (folder / "images.csv").write_text(
        "image,split,width,height,mpp\na.png,train,40,20,0.25\na.png,val,40,20,0.25\n"
    )
    (folder / "points.csv").write_text("image,x,y,class\n" + points)


def test_points_follow_the_resolution(tmp_path: Path) -> None:
    write_layout(tmp_path, "a.png,10,5,tumour\na.png,39,19,\n")
    (picture,) = read_images(tmp_path, "train", ["stroma", "tumour"], 0.5)
    assert picture.rgb.shape == (10, 20, 3)
    np.testing.assert_allclose(picture.points, [[5, 2.5], [19.5, 9.5]])
    assert picture.classes.tolist() == [1, UNKNOWN_CLASS]


def test_an_unknown_class_names_its_line(tmp_path: Path) -> None:
    write_layout(tmp_path, "a.png,1,1,stroma\na.png,1,1,blob\n")
    with pytest.raises(ValueError, match=r"line 3: class 'blob' is not one of"):
        list(read_images(tmp_path, "train", ["stroma"], 0.5))


def test_a_place_that_is_no_number_is_refused(tmp_path: Path) -> None:
    write_layout(tmp_path, "a.png,nan,1,stroma\n")
    with pytest.raises(ValueError, match="line 2"):
        list(read_images(tmp_path, "train", ["stroma"], 0.5))


def test_an_empty_split_is_refused(tmp_path: Path) -> None:
    write_layout(tmp_path, "")
    with pytest.raises(ValueError, match="no picture of split 'test'"):
        list(read_images(tmp_path, "test", ["stroma"], 0.5))


def test_what_is_borrowed_keeps_what_it_has_no_name_for(tmp_path: Path) -> None:
    write_layout(tmp_path, "a.png,1,1,stroma\na.png,2,2,blob\na.png,3,3,\na.png,4,4,tumour\n")
    labels: list[str | list[str]] = [["tumour"], [], ["stroma"]]
    (picture,) = read_images(tmp_path, "train", labels, 0.5, "unknown")
    assert picture.classes.tolist() == [2, UNKNOWN_CLASS, UNKNOWN_CLASS, 0]
