"""Boxes of ``ignore.csv``: read, moved with the crops, neither learnt nor scored."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny import draw_image, tiny_preset

from unicell.data import ANY_LABEL, UNKNOWN_CLASS, read_images, splits_of
from unicell.predict import Candidates
from unicell.sampling import ImageBank
from unicell.validate import score


def folder(path: Path, ignore: str | None) -> Path:
    (path / "images").mkdir(parents=True)
    Image.new("RGB", (40, 20)).save(path / "images" / "a.png")
    (path / "images.csv").write_text(
        "image,split,width,height,mpp\na.png,train,40,20,0.25\nb.png,test,1,1,0.25\n"
    )
    (path / "points.csv").write_text("image,x,y,class\na.png,4,4,one\na.png,30,10,\n")
    if ignore is not None:
        (path / "ignore.csv").write_text(f"image,x0,y0,x1,y1\n{ignore}\n")
    return path


def test_boxes_are_read_at_the_resolution_of_the_picture(tmp_path: Path) -> None:
    [picture] = read_images(folder(tmp_path, "a.png,2,4,10,20"), "train", ["one"], 0.5)
    assert picture.ignored.tolist() == [[1.0, 2.0, 5.0, 10.0]]
    # Half open: the corner at the top left lies inside, the other one outside.
    assert picture.ignores(np.array([[1, 2], [5, 10], [3, 3]], np.float32)).tolist() == [
        True,
        False,
        True,
    ]


def test_without_the_file_nothing_is_ignored(tmp_path: Path) -> None:
    [picture] = read_images(folder(tmp_path, None), "train", ["one"], 0.5)
    assert picture.ignored.shape == (0, 4)
    assert not picture.ignores(picture.points).any()


@pytest.mark.parametrize(
    ("line", "reason"),
    [("a.png,9,4,2,20", "is no box"), ("a.png,nan,0,1,1", "is no box"), ("c.png,0,0,1,1", "c.png")],
)
def test_a_bad_box_is_named_by_its_line(tmp_path: Path, line: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"line 2: .*{reason}"):
        list(read_images(folder(tmp_path, line), "train", ["one"], 0.5))


def test_any_label_is_a_nucleus(tmp_path: Path) -> None:
    place = folder(tmp_path, None)
    [picture] = read_images(place, "train", [ANY_LABEL], 0.5)
    assert picture.classes.tolist() == [0, 0]
    [picture] = read_images(place, "train", ["one"], 0.5)
    assert picture.classes.tolist() == [0, UNKNOWN_CLASS]
    assert splits_of(place) == {"train", "test"}


def test_what_is_ignored_moves_with_the_crop() -> None:
    picture = draw_image(1, 2)
    x, y = picture.points[20]
    box = np.array([[x - 8, y - 8, x + 8, y + 8]], dtype=np.float32)
    bank = ImageBank([replace(picture, ignored=box)], 2, 64, torch.device("cpu"))
    crops = bank.crops(16, tiny_preset(free_transform=1.0).train, np.random.default_rng(4))
    assert crops.ignored is not None
    inside = crops.ignores(crops.points) & crops.valid
    # The nucleus lies in the middle of its box and its neighbours are farther than half a side.
    assert 1 <= int(inside.sum(1).max()) <= 3
    assert 0 < int(crops.ignored.sum()) < crops.ignored.numel() / 4


def test_what_lies_in_a_box_is_not_scored() -> None:
    picture = replace(draw_image(1, 2), ignored=np.array([[0, 0, 50, 90]], dtype=np.float32))
    logits = np.zeros((len(picture.points), 2), dtype=np.float32)
    logits[np.arange(len(logits)), picture.classes.clip(min=0)] = 1
    found = Candidates(picture.points, np.ones(len(logits), dtype=np.float32), logits)
    right = picture.points[:, 0] >= 50
    everything = score([picture], [found], 2, 0.5, 3.0)
    assert (everything.tp, everything.fp, everything.fn) == (int(right.sum()), 0, 0)
    other = replace(found, points=found.points + np.where(right[:, None], 0, 0.4))
    assert score([picture], [other], 2, 0.5, 3.0).tp == everything.tp
