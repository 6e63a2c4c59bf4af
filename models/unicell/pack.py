"""Make a small copy of data sets, to train on a machine that the pictures do not fit on or get to.

    python -m unicell.pack --preset compact --data ../shared/data --out runs/packed

writes the folders that a preset learns from in the neutral layout again, at the resolution of its
model and as JPEG without chroma subsampling: ``--data runs/packed`` then trains on them. Labels,
ignored boxes and all other columns are those of the data sets.
"""

from __future__ import annotations

import argparse
import csv
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from .data import resample
from .preset import Preset, load_preset

JPEG_QUALITY = 91
_JPEG = (".jpg", ".jpeg")
_PLACES = {"points.csv": (("x",), ("y",)), "ignore.csv": (("x0", "x1"), ("y0", "y1"))}
"""Files of places, and their columns that hold an x or a y."""

Row = dict[str, str]


@dataclass(frozen=True)
class Packed:
    """An image of the copy.

    Attributes:
        row: of ``images.csv``.
        scale: of x and y, from pixels of the original to those of the copy.
    """

    row: Row
    scale: tuple[float, float]

    def moved(self, row: Row, across: Collection[str], down: Collection[str]) -> Row:
        """A row of labels, its places in pixels of the copy."""
        x, y = self.scale
        places = {name: f"{float(row[name]) * x:.7g}" for name in across}
        places |= {name: f"{float(row[name]) * y:.7g}" for name in down}
        return {**row, **places, "image": self.row["image"]}


def folders_of(preset: Preset) -> list[str]:
    """Every folder that a preset reads, in order of appearance."""
    named = (name for d in preset.datasets for name in (*d.folders, *d.borrowed))
    return list(dict.fromkeys(named))


def pack_folder(folder: Path, out: Path, splits: Collection[str], mpp: float) -> int:
    """Copy the given splits of one data set.

    Args:
        folder: a data set in the neutral layout.
        out: the folder to make.
        splits: what is copied; a split that the data set lacks is left out.
        mpp: resolution of the copy, micrometres per pixel.

    Returns:
        How many images were copied.

    Raises:
        ValueError: the folder has no images of these splits.
    """
    rows, columns = _read(folder / "images.csv")
    chosen = [row for row in rows if row["split"] in splits]
    if not chosen:
        raise ValueError(f"{folder}/images.csv has no image of the splits {sorted(splits)}")
    (out / "images").mkdir(parents=True, exist_ok=True)
    packed = {row["image"]: _pack_image(folder, out, row, mpp) for row in chosen}
    _write(out / "images.csv", columns, (image.row for image in packed.values()))
    for name, (across, down) in _PLACES.items():
        if not (folder / name).is_file():
            continue
        labels, columns = _read(folder / name)
        kept = [row for row in labels if row["image"] in packed]
        _write(out / name, columns, (packed[r["image"]].moved(r, across, down) for r in kept))
    return len(packed)


def _pack_image(folder: Path, out: Path, row: Row, mpp: float) -> Packed:
    source = folder / "images" / row["image"]
    with Image.open(source) as image:
        size = image.size
        small = resample(row["image"], image.convert("RGB"), [], float(row["mpp"]), mpp).rgb
    height, width = small.shape[:2]
    name, target = row["image"], out / "images" / row["image"]
    if (width, height) == size and target.suffix.lower() in _JPEG:
        shutil.copyfile(source, target)
    else:
        # Behind the old name, so that a.png and a.jpg stay two images.
        name, target = f"{name}.jpg", target.with_name(f"{target.name}.jpg")
        Image.fromarray(small).save(target, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    sizes = {"image": name, "width": str(width), "height": str(height), "mpp": str(mpp)}
    scale = np.array([width, height]) / size
    return Packed({**row, **sizes}, (float(scale[0]), float(scale[1])))


def _read(path: Path) -> tuple[list[Row], list[str]]:
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        return list(reader), list(reader.fieldnames or [])


def _write(path: Path, columns: list[str], rows: Iterable[Mapping[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="compact")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--splits", nargs="+", default=["train", "val"])
    args = parser.parse_args()
    preset = load_preset(args.preset)
    for name in folders_of(preset):
        try:
            images = pack_folder(args.data / name, args.out / name, args.splits, preset.mpp)
        except (OSError, ValueError) as error:
            parser.exit(2, f"error: {error}\n")
        print(f"{name}: {images} images", flush=True)
    size = sum(path.stat().st_size for path in args.out.rglob("*") if path.is_file())
    print(f"{args.out}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
