"""Ways to make a model's graphs smaller and faster for the edge.

Each takes the exported fp32 graphs and leaves graphs that are optimised offline. What each of them
gives is measured in ``docs/quantisation.md``.
"""

from __future__ import annotations

import logging
import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)

from .quantise_offline import optimise_offline, prepare

Feeds = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Static:
    """Convolutions with ranges learnt by calibration.

    Attributes:
        convolutions: which of the graph's ``Conv`` nodes.
    """

    convolutions: Callable[[Convolution], bool]


@dataclass(frozen=True)
class Dynamic:
    """Operators whose activations are measured in every run."""

    operators: tuple[str, ...]


Step = Static | Dynamic


@dataclass(frozen=True)
class Recipe:
    """A way to quantise.

    Attributes:
        id: as the command line and the card name it.
        summary: what it does, in words.
        steps: in order, for both graphs.
    """

    id: str
    summary: str
    steps: tuple[Step, ...] = ()

    @property
    def calibrates(self) -> bool:
        """Whether it needs windows."""
        return any(isinstance(step, Static) for step in self.steps)


@dataclass(frozen=True)
class Convolution:
    """What a recipe may ask of a convolution.

    Attributes:
        spatial: a kernel larger than one pixel.
        depth: products per output value.
    """

    spatial: bool
    depth: int


RECIPES = {
    recipe.id: recipe
    for recipe in (
        Recipe("fp32-offline", "fp32, optimised offline"),
        Recipe("dynamic-matmul", "dynamic MatMul, per channel", (Dynamic(("MatMul",)),)),
        Recipe(
            "mixed-matmul",
            "static QDQ, Conv with a kernel over all channels; dynamic MatMul; the rest fp32",
            (Static(lambda conv: conv.spatial and conv.depth >= 256), Dynamic(("MatMul",))),
        ),
        Recipe(
            "mixed-deep",
            "static QDQ, Conv of 256 products or more per value; the rest fp32",
            (Static(lambda conv: conv.depth >= 256),),
        ),
        Recipe(
            "mixed-deep-matmul",
            "as mixed-deep, and dynamic MatMul",
            (Static(lambda conv: conv.depth >= 256), Dynamic(("MatMul",))),
        ),
        Recipe(
            "mixed-most-matmul",
            "static QDQ, Conv of 96 products or more per value; dynamic MatMul; the rest fp32",
            (Static(lambda conv: conv.depth >= 96), Dynamic(("MatMul",))),
        ),
    )
}


def apply_recipe(recipe: Recipe, source: Path, target: Path, feeds: list[Feeds]) -> None:
    """Write the graph of ``source`` as the recipe makes it, optimised offline.

    Args:
        recipe: what to do.
        source, target: ONNX files.
        feeds: inputs for the calibration.
    """
    # The tools advise, through the root logger, what was decided here on purpose.
    logging.getLogger().setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        current = Path(folder) / "prepared.onnx"
        prepare(source, current)
        for number, step in enumerate(recipe.steps):
            following = Path(folder) / f"step{number}.onnx"
            if _apply_step(step, current, following, feeds):
                current = following
        optimise_offline(current, target)


def _apply_step(step: Step, source: Path, target: Path, feeds: list[Feeds]) -> bool:
    """Whether there was anything to do."""
    if isinstance(step, Dynamic):
        quantize_dynamic(
            str(source),
            str(target),
            op_types_to_quantize=list(step.operators),
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"EnableSubgraph": True},
        )
        return True
    nodes = [*_chosen_nodes(onnx.load(source).graph, step)]
    if not nodes:
        return False
    quantize_static(
        str(source),
        str(target),
        _Reader(feeds),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        nodes_to_quantize=nodes,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
    )
    return True


def _chosen_nodes(graph: onnx.GraphProto, step: Static) -> Iterator[str]:
    shapes = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    for node in graph.node:
        weight = shapes.get(node.input[1]) if len(node.input) > 1 else None
        if weight is not None and node.op_type == "Conv":
            kernel = math.prod(weight[2:])
            facts = Convolution(kernel > 1, weight[1] * kernel)
            if step.convolutions(facts):
                yield node.name


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, feeds: list[Feeds]) -> None:
        self.feeds = iter(feeds)

    def get_next(self) -> Feeds | None:
        return next(self.feeds, None)


def feeds_of(
    windows: npt.NDArray[np.float32], owners: list[int], trunk: Path
) -> Iterator[tuple[Feeds, Feeds]]:
    """Inputs of the trunk and of the data set graph for each window."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(trunk), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    for window, owner in zip(windows, owners, strict=True):
        image = {"image": window[None]}
        features = dict(zip(names, session.run(names, image), strict=True))
        yield image, {**features, "dataset": np.array([owner], dtype=np.int64)}
