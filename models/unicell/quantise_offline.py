"""Graph optimisation ahead of time, so that the edge loads a graph as it will run.

ONNX Runtime spends most of a cold start on its own optimisations. They are done here once; the card
then says that the graph is optimised, and the WebAssembly engine leaves it as it is.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Literal

import onnx
import onnxruntime

from .branches import name_branches_apart

# Blocked layouts are for the native CPU provider; the WebAssembly build has no kernels for them.
NOT_FOR_WASM = ["NchwcTransformer"]


Level = Literal["basic", "all", "none"]

LEVELS = {
    "none": onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "basic": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "all": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,
}


def prepare(source: Path, target: Path) -> None:
    """Write a graph with constants folded and types known, as the quantiser needs it."""
    model = _optimised(source, "basic")
    onnx.save(onnx.shape_inference.infer_shapes(model), target)


def optimise_offline(source: Path, target: Path) -> None:
    """Write a graph as ONNX Runtime's optimiser leaves it for WebAssembly.

    Raises:
        RuntimeError: the result does not load again without further optimisation.
    """
    model = _optimised(source, "all")
    model.producer_name, model.producer_version = "onnxruntime", onnxruntime.__version__
    onnx.save(model, target)
    try:
        onnxruntime.InferenceSession(str(target), _options("none"), ["CPUExecutionProvider"])
    except Exception as cause:
        raise RuntimeError(f"{target} was optimised to a graph that does not load") from cause


def _optimised(source: Path, level: Level) -> onnx.ModelProto:
    options = _options(level)
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "optimised.onnx"
        options.optimized_model_filepath = str(raw)
        onnxruntime.InferenceSession(
            str(source), options, ["CPUExecutionProvider"], disabled_optimizers=NOT_FOR_WASM
        )
        model = onnx.load(raw)
    name_branches_apart(model)
    return model


def _options(level: Level) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = LEVELS[level]
    options.log_severity_level = 3
    return options
