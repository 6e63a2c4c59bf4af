"""The recorded run of the released code as ONNX graphs whose outputs are the recorded stages.

    python tests/recorded_run.py OUT

writes ``OUT/models/official-small``, the small checkpoint as converted by ``python -m
unicell.convert``, and ``OUT/stages/trunk.onnx`` and ``dataset.onnx``, the same modules with every
stage as an output. What the prompt module makes of text is constant in all of them and shows in
``memory_post``.

This takes minutes, and tests in Python and in TypeScript need it: where the environment variable
``UNICELL_RECORDED_RUN`` names a folder, the first of them writes it there and the others find it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from reference import REFERENCE, arrays
from torch import Tensor, nn

from unicell.convert import main
from unicell.graphs import level_shapes
from unicell.model import UniCell
from unicell.official_checkpoint import load_official
from unicell.onnx_file import write_onnx
from unicell.pyramid import flatten_levels

RUN = "small_256_compact.npz"
CHECKPOINT = REFERENCE / "official_small_random.pth"
SIDE = 256
DATASETS = ("consep", "monusac", "ocelot", "lizard")
MEAN = np.array([123.675, 116.28, 103.53], np.float32)
STD = np.array([58.395, 57.12, 57.375], np.float32)

TOLERANCES = {
    "backbone0": 1e-4,
    "backbone1": 1e-4,
    "backbone2": 1e-4,
    "neck0": 1e-4,
    "neck3": 1e-4,
    "memory_pre": 1e-4,
    "memory_post": 3e-4,
    "enc_cls_all": 2e-4,
    "init_reference": 1e-4,
    "references": 1e-4,
    "logits": 1e-3,
    "points": 1e-4,
}
"""Largest differences by stage, from the README of the reference."""

TRUNK_STAGES = ("backbone0", "backbone1", "backbone2", "neck0", "neck3", "memory_pre")
DATASET_STAGES = (
    "memory_post", "enc_cls_all", "init_reference", "references", "logits", "points",
)  # fmt: skip
PREDICTIONS = ("pred_scores", "pred_labels", "pred_centroids")

Arrays = Mapping[str, npt.NDArray[Any]]


class StagedTrunk(nn.Module):
    """The trunk with its recorded stages, cut as they are recorded, and the whole memory."""

    def __init__(self, model: UniCell, stride: int) -> None:
        super().__init__()
        self.backbone, self.neck, self.encoder = model.backbone, model.neck, model.encoder
        self.stride = stride

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        fine, middle, coarse = self.backbone(image)
        levels = self.neck([fine, middle, coarse])
        tokens = self.encoder(levels).tokens
        return (
            fine[0, ::4, ::4, ::4],
            middle[0, ::4, ::2, ::2],
            coarse[0, ::4],
            levels[0][0, ::8, ::4, ::4],
            levels[3][0],
            tokens[0, :: self.stride],
            tokens,
        )


class StagedDataset(nn.Module):
    """The data set part with its recorded stages, and with the chosen tokens given.

    Content queries go to tokens by rank, and nearly tied tokens may swap ranks: given the recorded
    choice, every later stage can be compared place by place.
    """

    def __init__(self, model: UniCell, stride: int) -> None:
        super().__init__()
        self.model = model.frozen()
        self.shapes = level_shapes(model.config, SIDE, SIDE)
        self.stride = stride

    def forward(self, tokens: Tensor, dataset: Tensor, chosen: Tensor) -> tuple[Tensor, ...]:
        model = self.model
        maps = tokens.split([height * width for height, width in self.shapes], 1)
        memory = flatten_levels(
            [m.transpose(1, 2).unflatten(2, s) for m, s in zip(maps, self.shapes, strict=True)]
        )
        memory = model.enhance(memory, dataset)
        proposals = model.propose(memory, dataset)
        reference = proposals.take(chosen).point_logits.sigmoid()
        content = model.content_queries(chosen.shape[1], 1, dataset)
        states = model.decoder(
            content,
            reference,
            memory,
            lambda layer, queries: model.heads.point_offsets(dataset, layer, queries),
        )
        outputs = model.decode(memory, dataset, content, reference)
        return (
            memory.tokens[0, :: self.stride],
            proposals.class_logits[0],
            reference[0],
            torch.stack(states.references)[:, 0],
            torch.stack([stage.logits[0] for stage in outputs]),
            torch.stack([stage.points[0] for stage in outputs]),
        )


def image() -> npt.NDArray[np.float32]:
    """The picture of the run as the model sees it, (1, 3, 256, 256)."""
    normalised = (arrays(RUN)["image_rgb"].astype(np.float32) - MEAN) / STD
    return np.ascontiguousarray(normalised.transpose(2, 0, 1)[None])


def export_stages(model: UniCell, folder: Path) -> None:
    """Writes ``trunk.onnx`` and ``dataset.onnx`` with the recorded stages as outputs."""
    stride = int(arrays(RUN)["memory_stride"])
    tokens = sum(height * width for height, width in level_shapes(model.config, SIDE, SIDE))
    write_onnx(
        StagedTrunk(model, stride).eval(),
        (torch.zeros(1, 3, SIDE, SIDE),),
        folder / "trunk.onnx",
        ["image"],
        [*TRUNK_STAGES, "tokens"],
        (None,),
    )
    queries = torch.arange(model.config.decoder.queries)[None]
    write_onnx(
        StagedDataset(model, stride).eval(),
        (
            torch.zeros(1, tokens, model.config.neck.dims),
            torch.zeros(1, dtype=torch.int64),
            queries,
        ),
        folder / "dataset.onnx",
        ["tokens", "dataset", "chosen"],
        DATASET_STAGES,
        (None, None, None),
    )


def recorded(dataset: int) -> Arrays:
    """The arrays of one data set, by stage."""
    key = f"ds{dataset}_"
    names = ("topk_idx", *DATASET_STAGES, *PREDICTIONS)
    return {name: arrays(RUN)[key + name] for name in names}


def write(out: Path) -> None:
    """Writes the converted model and the graphs with stages, unless they are there."""
    model, stages = out / "models" / "official-small", out / "stages"
    if not model.exists():
        code = main([str(CHECKPOINT), "--out", str(model), "--window", str(SIDE)])
        if code:
            raise SystemExit(code)
    if not stages.exists():
        with tempfile.TemporaryDirectory(dir=out) as work:
            folder = Path(work) / "stages"
            folder.mkdir()
            export_stages(load_official(CHECKPOINT), folder)
            folder.rename(stages)


def write_once(fallback: Path) -> Path:
    """Where :func:`write` has written: the folder that all tests share, or else ``fallback``."""
    out = Path(os.environ.get("UNICELL_RECORDED_RUN") or fallback)
    write(out)
    return out


if __name__ == "__main__":
    write(Path(sys.argv[1]))
