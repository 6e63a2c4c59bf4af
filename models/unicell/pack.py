"""Pack data sets into one file that a training machine without the pictures can read.

    python -m unicell.pack --preset compact --data ../shared/data --out runs/pack.pt

The pictures are resampled to the model's resolution and stored as JPEG at quality 91 without chroma
subsampling, so that four data sets fit in some 55 MB.
"""

from __future__ import annotations

import argparse
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from .data import LabelledImage, read_images
from .preset import DatasetConfig, load_preset

JPEG_QUALITY = 91


@dataclass(frozen=True)
class PackedImage:
    """A picture whose pixels are still encoded."""

    name: str
    jpeg: bytes
    points: npt.NDArray[np.float32]
    classes: npt.NDArray[np.int64]
    mpp: float

    def decode(self) -> LabelledImage:
        """Decode the pixels."""
        with Image.open(io.BytesIO(self.jpeg)) as image:
            rgb = np.asarray(image.convert("RGB"), dtype=np.uint8)
        return LabelledImage(self.name, rgb, self.points, self.classes, self.mpp)


def pack_image(picture: LabelledImage) -> PackedImage:
    """Encode the pixels of a picture."""
    buffer = io.BytesIO()
    Image.fromarray(picture.rgb).save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return PackedImage(
        picture.name, buffer.getvalue(), picture.points, picture.classes, picture.mpp
    )


def write_pack(
    data: Path, datasets: list[DatasetConfig], splits: list[str], mpp: float, out: Path
) -> None:
    """Write the given splits of the given data sets into one file."""
    content: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for dataset in datasets:
        content[dataset.id] = {}
        for split in splits:
            pictures = read_images(data / dataset.id, split, dataset.labels, mpp)
            content[dataset.id][split] = [
                {
                    "name": packed.name,
                    "jpeg": torch.frombuffer(bytearray(packed.jpeg), dtype=torch.uint8),
                    "points": torch.from_numpy(packed.points),
                    "classes": torch.from_numpy(packed.classes),
                    "mpp": packed.mpp,
                }
                for packed in map(pack_image, pictures)
            ]
    out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, out)


def read_pack(path: Path, dataset: str, split: str) -> list[LabelledImage]:
    """Read one split of one data set from a pack."""
    content = torch.load(path, weights_only=True)
    packed = [
        PackedImage(
            entry["name"],
            entry["jpeg"].numpy().tobytes(),
            entry["points"].numpy(),
            entry["classes"].numpy(),
            entry["mpp"],
        )
        for entry in content[dataset][split]
    ]
    with ThreadPoolExecutor() as pool:
        return list(pool.map(PackedImage.decode, packed))


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="compact")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--splits", nargs="+", default=["train", "val"])
    args = parser.parse_args()
    preset = load_preset(args.preset)
    write_pack(args.data, preset.datasets, args.splits, preset.mpp, args.out)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
