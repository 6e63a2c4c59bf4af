"""The paper's model in a size for tests, and tiles for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from tiny import draw_image

from unicell.config import UniCellConfig, load_config
from unicell.data import UNKNOWN_CLASS
from unicell.paper_run import lessons_of, with_overrides
from unicell.paper_trainer import PaperTrainer
from unicell.run import Run

SMALL = """
extends = "swin-b"
id = "tiny-paper"
only = ["consep", "ocelot"]

[swin]
embed_dims = 16
depths = [1, 2]
heads = [1, 2]
window = 4
drop_path = 0.1

[neck]
dims = 32
groups = 8

[encoder]
layers = 1
heads = 4
points = 2
ffn = 32

[prompt]
layers = 1
heads = 4
ffn = 32
context = 4

[decoder]
queries = 40
layers = 1
heads = 4
points = 2
ffn = 32

[denoising]
queries = 30

[train]
steps = 4
lr = 2e-3
backbone_lr_scale = 1.0
clip = 1.0
warmup_steps = 2
short_sides = [64, 80]
long_side = 128
crop = 80
"""
TILE = (48, 60)
"""(height, width) of a tile."""


def write_preset(folder: Path) -> Path:
    """A preset of two data sets, three and two classes."""
    path = folder / "tiny-paper.toml"
    path.write_text(SMALL)
    return path


def write_tiles(folder: Path, count: int = 4, splits: tuple[str, ...] = ("train",)) -> Path:
    """Drawn tiles of both data sets, each split in a folder of its own; one has no nucleus."""
    for number, (dataset, labels) in enumerate(
        (
            ("consep", ["inflammatory", "Epithelial", "stromal"]),
            ("ocelot", ["background_cell", "Tumor_Cell"]),
        )
    ):
        for split in splits:
            home = folder / dataset / split
            (home / "images").mkdir(parents=True)
            images, points = ["image,split,width,height,mpp"], ["image,x,y,class"]
            for i in range(count):
                size = TILE if i % 2 else TILE[::-1]
                drawn = draw_image(100 * number + i + len(split), len(labels), size)
                name = f"{i}.png"
                Image.fromarray(drawn.rgb).save(home / "images" / name)
                images.append(f"{name},{split},{size[1]},{size[0]},0.5")
                if i == count - 1:
                    continue
                points += [
                    f"{name},{x},{y},{'' if k == UNKNOWN_CLASS else labels[k]}"
                    for (x, y), k in zip(drawn.points.tolist(), drawn.classes, strict=True)
                ]
            (home / "images.csv").write_text("\n".join(images) + "\n")
            (home / "points.csv").write_text("\n".join(points) + "\n")
    return folder


def tiny_config(folder: Path, **train: object) -> UniCellConfig:
    """The configuration with some settings of ``[train]`` replaced."""
    return with_overrides(load_config(write_preset(folder)), dict(train))


def tiny_trainer(folder: Path, out: Path, **train: object) -> PaperTrainer:
    """A trainer on tiles in ``folder/tiles``, which are written where they are not there."""
    tiles = folder / "tiles"
    if not tiles.exists():
        write_tiles(tiles)
    config = tiny_config(folder, **train)
    trainer = PaperTrainer(config, torch.device("cpu"), out)
    trainer.prepare(lessons_of(Run(out, torch.device("cpu"), data=tiles), config))
    return trainer


def rectangle(size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """A pink picture of (width, height)."""
    return np.full((size[1], size[0], 3), (235, 190, 215), dtype=np.uint8)
