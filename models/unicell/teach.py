"""Ask teachers about all pictures that a preset learns from.

    python -m unicell.teach --teacher models/base/weights.pt models/compact/weights.pt \\
        --preset compact --data ../shared/data --out runs/lessons

writes what ``python -m unicell.train --lessons runs/lessons`` reads: under every label set that all
teachers know, the mean of their first stages on every picture, its own or borrowed, and on its
mirror images. A stopped call goes on where it was; ``--part 1/2`` and ``--part 2/2`` share the
pictures between two of them. Weights of an older architecture need the code of their commit
(``--teacher-code``).
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from .data import ANY_LABEL, LabelledImage, list_images, splits_of
from .guided import GuidedUniCell, normalise
from .lessons import CELL_PX, NOTHING, LessonHead, Lessons, write_index, write_maps
from .preset import Preset, load_preset
from .teacher import load_teacher
from .windows import plan_axis

MIRRORS: tuple[tuple[int, ...], ...] = ((), (-1,), (-2,), (-2, -1))
"""Axes along which a picture is turned over before it is seen."""


def shared_heads(teachers: Sequence[GuidedUniCell]) -> list[LessonHead]:
    """The label sets that all teachers know, with the same classes."""
    known = [{d.id: d.classes for d in teacher.preset.datasets} for teacher in teachers]
    return [
        LessonHead(name, classes)
        for name, classes in known[0].items()
        if all(other.get(name) == classes for other in known)
    ]


@torch.no_grad()
def maps_of(
    teachers: Sequence[GuidedUniCell],
    heads: Sequence[LessonHead],
    picture: LabelledImage,
    mirrors: int = 1,
) -> npt.NDArray[np.float32]:
    """The channels (C, rows, columns) that :mod:`unicell.lessons` keeps of a picture.

    Args:
        teachers: in evaluation mode.
        heads: label sets that all of them know.
        picture: at their resolution.
        mirrors: how many of :data:`MIRRORS` each sees.
    """
    rgb = torch.from_numpy(picture.rgb.copy()).permute(2, 0, 1).float()
    # Whole cells: mirrored, they are the same ones.
    odd = [-side % int(CELL_PX) for side in rgb.shape[1:]]
    rgb = functional.pad(rgb, (0, odd[1], 0, odd[0]), value=255.0)
    sums = torch.zeros(())
    for teacher in teachers:
        for axes in MIRRORS[:mirrors]:
            sums = sums + _probabilities(teacher, heads, rgb.flip(axes)).flip(axes)
    mean = sums / (len(teachers) * mirrors)
    at = 0
    for head in heads:
        mean[at] = mean[at].clamp(1e-6, 1 - 1e-6).logit().clamp(min=NOTHING)
        names = mean[at + 1 : at + 1 + len(head.classes)]
        names.copy_((names / names.sum(0)).clamp(min=1e-4).log())
        at += 1 + len(head.classes)
    return mean.numpy()


def _probabilities(teacher: GuidedUniCell, heads: Sequence[LessonHead], rgb: Tensor) -> Tensor:
    """Objectness and class probabilities of one teacher, window by window."""
    window, cell = teacher.preset.model.window, int(CELL_PX)
    # Near its border another window says more.
    halo = window // 8
    height, width = rgb.shape[1:]
    ids = [dataset.id for dataset in teacher.preset.datasets]
    channels = sum(1 + len(head.classes) for head in heads)
    out = torch.zeros(channels, height // cell, width // cell)
    for row in plan_axis(height, window, halo):
        for column in plan_axis(width, window, halo):
            # Its cells are cells of the picture.
            y, x = (span.start // cell * cell for span in (row, column))
            view = torch.full((1, 3, window, window), 255.0)
            part = rgb[:, y : y + window, x : x + window]
            view[0, :, : part.shape[1], : part.shape[2]] = part
            finest, coarse = teacher.trunk(normalise(view))
            seen = []
            for head in heads:
                maps = teacher.part.first_stage(finest, coarse, ids.index(head.id))[1]
                if maps.cell_px != CELL_PX:
                    raise ValueError(f"a teacher has cells of {maps.cell_px} px, not {CELL_PX}")
                names = maps.classes[0, :, : len(head.classes)].softmax(-1).T
                both = torch.cat([maps.objectness.sigmoid(), names])
                seen.append(both.reshape(-1, maps.side, maps.side))
            top, bottom, left, right = (
                -(-v // cell) for v in (row.low, row.high, column.low, column.high)
            )
            out[:, top:bottom, left:right] = torch.cat(seen)[
                :, top - y // cell : bottom - y // cell, left - x // cell : right - x // cell
            ]
    return out


def pictures_of(
    preset: Preset, data: Path, splits: Sequence[str]
) -> Iterator[tuple[str, LabelledImage]]:
    """Every picture of every folder that a preset learns from, once, with the folder's name."""
    folders = {
        folder for dataset in preset.datasets for folder in [*dataset.folders, *dataset.borrowed]
    }
    for folder in sorted(folders):
        for split in sorted(splits_of(data / folder) & set(splits)):
            for file in list_images(data / folder, split, [ANY_LABEL]):
                yield folder, file.read(preset.mpp)


def part(text: str) -> tuple[int, int]:
    """The K and N of ``K/N``."""
    k, _, n = text.partition("/")
    if not (k.isdecimal() and n.isdecimal() and 1 <= int(k) <= int(n)):
        raise argparse.ArgumentTypeError(f"got {text!r}, expected K/N with K from 1 to N")
    return int(k), int(n)


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--teacher", type=Path, nargs="+", required=True, metavar="WEIGHTS")
    parser.add_argument(
        "--teacher-code",
        type=Path,
        metavar="FOLDER",
        help="models/unicell of the commit that trained them, where their architecture is an "
        "older one; that code is run",
    )
    parser.add_argument("--preset", default="compact")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--splits", nargs="+", default=["train"])
    parser.add_argument("--mirrors", type=int, default=1, choices=range(1, len(MIRRORS) + 1))
    parser.add_argument("--part", type=part, default=(1, 1), metavar="K/N")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    try:
        preset = load_preset(args.preset)
        teachers = [load_teacher(path, code=args.teacher_code) for path in args.teacher]
        heads = shared_heads(teachers)
        if not heads:
            parser.error("the teachers know no data set with the same classes")
        if wrong := [one.preset.mpp for one in teachers if one.preset.mpp != preset.mpp]:
            parser.error(f"a teacher sees {wrong[0]} um per pixel, {preset.id} {preset.mpp}")
        hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in args.teacher]
        write_index(args.out, preset.mpp, heads, hashes, args.mirrors)
        lessons = Lessons(args.out)
        for number, (folder, picture) in enumerate(pictures_of(preset, args.data, args.splits)):
            if number % args.part[1] != args.part[0] - 1 or lessons.has(folder, picture.name):
                continue
            maps = maps_of(teachers, heads, picture, args.mirrors)
            write_maps(args.out, folder, picture.name, maps)
            if number % 100 == 0:
                print(f"{number}: {folder}/{picture.name}", flush=True)
    except (OSError, ValueError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
