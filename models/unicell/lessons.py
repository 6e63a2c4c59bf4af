"""What teachers say of whole pictures, on disk: a student reads it where its crops lie.

A teacher has an opinion on every picture under every label set that it knows. Asked once, of the
picture as it was scanned, it costs a step nothing, may be of any size, and may be several
(``python -m unicell.teach`` writes them).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

CELL_PX = 2.0
"""Side of a cell in pixels of the picture at the resolution of the model."""

NOTHING = -8.0
"""Objectness logit outside of a picture, and the least inside."""


@dataclass(frozen=True)
class LessonHead:
    """A label set that the teachers know: its channels are an objectness logit and, of each class,
    the logarithm of its probability."""

    id: str
    classes: list[str]


class Lessons:
    """The folder that :func:`write_index` and :func:`write_maps` filled."""

    def __init__(self, folder: Path) -> None:
        """Open a folder.

        Raises:
            OSError, ValueError: there is no such folder, or it is of another version.
        """
        self.folder = folder
        index = json.loads((folder / "index.json").read_text())
        if index.get("schema") != 1:
            raise ValueError(f"{folder}/index.json is not of schema 1: write it anew")
        self.mpp: float = index["mpp"]
        self.heads = [LessonHead(**head) for head in index["heads"]]
        ends = np.cumsum([1 + len(head.classes) for head in self.heads])
        self._channels = {
            head.id: slice(int(end) - 1 - len(head.classes), int(end))
            for head, end in zip(self.heads, ends, strict=True)
        }
        self.channel_count = int(ends[-1])

    def has(self, source: str, name: str) -> bool:
        """Whether a picture was seen."""
        return _file(self.folder, source, name).is_file()

    def channels(self, head: str) -> slice:
        """Where a label set lies among the channels."""
        return self._channels[head]

    def at(self, source: str, name: str, places: Tensor) -> Tensor:
        """The channels (C, n, n) at places (n, n, 2), x and y in pixels of a picture.

        Values between cells are interpolated: a peak of one cell survives a turn.
        """
        maps = np.load(_file(self.folder, source, name), mmap_mode="r")
        rows, columns = maps.shape[1:]
        cells = places / CELL_PX - 0.5
        low = cells.amin((0, 1)).floor().long().clamp(min=0)
        high = cells.amax((0, 1)).ceil().long() + 1
        x0, y0 = (int(min(v, n - 1)) for v, n in zip(low, (columns, rows), strict=True))
        x1, y1 = (
            int(max(start + 1, min(v, n)))
            for start, v, n in zip((x0, y0), high, (columns, rows), strict=True)
        )
        part = torch.from_numpy(maps[:, y0:y1, x0:x1].astype(np.float32))[None]
        sides = torch.tensor([x1 - x0, y1 - y0])
        grid = (cells - torch.tensor([x0, y0]) + 0.5) / sides * 2 - 1
        found = functional.grid_sample(
            part, grid[None].float(), padding_mode="border", align_corners=False
        )[0]
        size = torch.tensor([columns, rows]) * CELL_PX
        outside = ((places < 0) | (places >= size)).any(-1)
        for channels in self._channels.values():
            found[channels.start][outside] = NOTHING
        return found


def write_index(
    folder: Path, mpp: float, heads: Sequence[LessonHead], teachers: Sequence[str], mirrors: int = 1
) -> None:
    """Say what the maps of a folder hold.

    Args:
        teachers: SHA-256 of their weights.
        mirrors: how many mirror images each saw.

    Raises:
        ValueError: the folder holds what others said, which would stand beside this unseen.
    """
    folder.mkdir(parents=True, exist_ok=True)
    index = {
        "schema": 1,
        "mpp": mpp,
        "heads": [asdict(head) for head in heads],
        "teachers": list(teachers),
        "mirrors": mirrors,
    }
    file = folder / "index.json"
    if file.exists() and json.loads(file.read_text()) != index:
        raise ValueError(
            f"{folder} holds lessons of other teachers, mirror images or label sets, as its "
            "index.json says: give another folder, or remove it"
        )
    file.write_text(json.dumps(index, indent=2) + "\n")


def write_maps(folder: Path, source: str, name: str, maps: npt.NDArray[np.float32]) -> None:
    """Write the channels (C, rows, columns) of one picture."""
    path = _file(folder, source, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, maps.astype(np.float16))
    part.replace(path)


def _file(folder: Path, source: str, name: str) -> Path:
    return folder / source / f"{name}.npy"
