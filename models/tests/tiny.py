"""A preset small enough for tests, and labelled pictures that we draw ourselves."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from unicell.data import ANY_LABEL, UNKNOWN_CLASS, LabelledImage
from unicell.preset import DatasetConfig, ModelConfig, Preset, TrainConfig


def tiny_preset(**train: object) -> Preset:
    """Two data sets with two and three classes, a 64 pixel window."""
    return Preset(
        id="tiny",
        mpp=0.5,
        datasets=[
            DatasetConfig("one", "One", ["A", "B"], ["a", "b"], ["Epithelial", "Stromal"]),
            DatasetConfig("two", "Two", ["C", "D", "E"], ["c", "d", "e"], ["Stromal", "Tumor"]),
        ],
        tokens={
            "One": [637, 269],
            "Two": [1237, 269],
            "Epithelial": [7219, 15277, 566, 269],
            "Stromal": [3121, 3796, 269],
            "Tumor": [22616, 269],
        },
        model=ModelConfig(
            window=64,
            dim=32,
            heads=4,
            encoder_ffn=32,
            prompt_ffn=32,
            head_dim=32,
            queries=60,
            train_queries=40,
            decoder_ffn=32,
        ),
        train=replace(
            TrainConfig(steps=4, dense_steps=2, batch=2, warmup_steps=1, denoising_groups=1),
            **train,  # type: ignore[arg-type]
        ),
    )


def draw_image(seed: int, classes: int, size: tuple[int, int] = (90, 100)) -> LabelledImage:
    """Dark discs on pink; the class of a disc is its hue. A tenth have no known class."""
    rng = np.random.default_rng(seed)
    height, width = size
    rgb = np.full((height, width, 3), (235, 190, 215), dtype=np.uint8)
    rows = [(x, y) for x in range(8, width, 14) for y in range(8, height, 14)]
    points = np.array(rows, dtype=np.float32) + rng.uniform(-2, 2, (len(rows), 2))
    labels = rng.integers(classes, size=len(rows))
    y, x = np.mgrid[:height, :width] + 0.5
    hues = [(90, 40, 130), (40, 90, 160), (150, 60, 60)]
    for (px, py), label in zip(points, labels, strict=True):
        rgb[(x - px) ** 2 + (y - py) ** 2 < 16] = hues[label]
    labels[rng.random(len(labels)) < 0.1] = UNKNOWN_CLASS
    return LabelledImage(
        f"{seed}.png", rgb, points.astype(np.float32), labels.astype(np.int64), 0.5
    )


def write_data(folder: Path, preset: Preset, pictures: int = 1) -> None:
    """Write drawn pictures of every folder that a preset reads in the neutral layout.

    Every split gets ``pictures`` of them.
    """
    homes = [(dataset, source) for dataset in preset.datasets for source in dataset.folders]
    for number, (dataset, source) in enumerate(homes):
        home = folder / source
        if home.exists():
            continue
        (home / "images").mkdir(parents=True)
        labels = [label if isinstance(label, str) else label[0] for label in dataset.labels]
        # A class that every nucleus has needs no name.
        labels = ["" if label == ANY_LABEL else label for label in labels]
        images: list[list[object]] = [["image", "split", "width", "height", "mpp"]]
        points: list[list[object]] = [["image", "x", "y", "class"]]
        for s, split in enumerate(("train", "val", "test")):
            for i in range(pictures):
                drawn = draw_image(100 * number + 10 * s + i, min(3, len(labels)))
                name = f"{split}-{i}.png"
                Image.fromarray(drawn.rgb).save(home / "images" / name)
                images.append([name, split, drawn.rgb.shape[1], drawn.rgb.shape[0], drawn.mpp])
                points += [
                    [name, float(x), float(y), "" if k == UNKNOWN_CLASS else labels[k]]
                    for (x, y), k in zip(drawn.points, drawn.classes, strict=True)
                ]
        for name, rows in (("images.csv", images), ("points.csv", points)):
            with (home / name).open("w", newline="") as file:
                csv.writer(file).writerows(rows)
