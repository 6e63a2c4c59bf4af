"""The full UniCell as two ONNX graphs that take pictures of any size.

``trunk.onnx`` turns pictures into encoded maps, ``dataset.onnx`` maps into nuclei for the data set
whose index it is given: a picture wanted under several data sets pays the trunk once. The prompt
module is constants.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from .config import UniCellConfig
from .model import UniCell
from .onnx_file import write_onnx
from .pyramid import flatten_levels
from .swin import PATCH


def level_shapes(config: UniCellConfig, height: int, width: int) -> list[tuple[int, int]]:
    """(height, width) of the encoded maps of a picture, finest first."""
    swin = config.swin
    levels = len(swin.depths) - swin.first_output + config.neck.extra_levels
    strides = [PATCH * 2 ** (swin.first_output + i) for i in range(levels)]
    return [(-(-height // stride), -(-width // stride)) for stride in strides]


class TrunkGraph(nn.Module):
    """Backbone, neck and encoder."""

    def __init__(self, model: UniCell) -> None:
        super().__init__()
        self.backbone = model.backbone
        self.neck = model.neck
        self.encoder = model.encoder

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Normalised pictures (B, 3, H, W) to maps (B, H_i, W_i, C), finest first."""
        memory = self.encoder(self.neck(self.backbone(image)))
        maps = memory.tokens.split([height * width for height, width in memory.shapes], 1)
        return tuple(
            tokens.unflatten(1, shape) for tokens, shape in zip(maps, memory.shapes, strict=True)
        )


class DatasetGraph(nn.Module):
    """What depends on the data set: prompt, query selection, decoder, heads."""

    def __init__(self, model: UniCell) -> None:
        super().__init__()
        self.model = model.frozen()

    def forward(self, *maps_and_dataset: Tensor) -> tuple[Tensor, Tensor]:
        """Nuclei of pictures for one data set.

        Args:
            maps_and_dataset: The trunk's maps, and (1,) int64, an index into the data sets.

        Returns:
            (B, Q, K) class logits, K as many as the largest data set has, and (B, Q, 2) points in
            [0, 1] of the picture. Q is the number of tokens where that is below the queries'.
        """
        *maps, dataset = maps_and_dataset
        memory = flatten_levels([level.permute(0, 3, 1, 2) for level in maps])
        outputs = self.model.detect(memory, dataset)
        return outputs.logits, outputs.points


def export_graphs(model: UniCell, folder: Path, external: bool = False) -> None:
    """Writes ``trunk.onnx`` and ``dataset.onnx``.

    Args:
        model: In evaluation mode.
        folder: Where they are written to; it exists.
        external: See :func:`unicell.onnx_file.write_onnx`.
    """
    config = model.config
    height, width = _example_size(config)
    shapes = level_shapes(config, height, width)
    names = [f"level{i}" for i in range(len(shapes))]
    axes = {0: "batch", 2: "height", 3: "width"}
    write_onnx(
        TrunkGraph(model).eval(),
        (torch.zeros(2, 3, height, width),),
        folder / "trunk.onnx",
        ["image"],
        names,
        (axes,),
        external,
    )
    dims = config.neck.dims
    write_onnx(
        DatasetGraph(model).eval(),
        (*(torch.zeros(2, h, w, dims) for h, w in shapes), torch.zeros(1, dtype=torch.int64)),
        folder / "dataset.onnx",
        [*names, "dataset"],
        ["logits", "points"],
        ((*({0: "batch", 1: f"height{i}", 2: f"width{i}"} for i in range(len(names))), None),),
        external,
    )


def _example_size(config: UniCellConfig) -> tuple[int, int]:
    """A small size of which every map has several rows and columns, and of attention windows."""
    swin = config.swin
    coarsest = PATCH * 2 ** (len(swin.depths) - 1)
    side = coarsest * max(swin.window, 2 ** (config.neck.extra_levels + 1))
    return side + coarsest + 1, side + 3 * coarsest + 3
