"""Writes a module as an ONNX file."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx
import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    import onnx_ir

OPSET = 20
"""GridSample of opset 20 is what onnxruntime-web runs."""

INLINE_LIMIT = 2**31 - 2**26
"""Bytes of weights that one file may hold: protobuf ends at 2 GiB, and nodes need some of it."""


def write_onnx(
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    path: Path,
    input_names: Sequence[str],
    output_names: Sequence[str],
    dynamic_shapes: tuple[Any, ...],
    external: bool = False,
) -> None:
    """Exports a module and checks the file.

    Args:
        module: In evaluation mode.
        inputs: An example of every input. Where an axis is dynamic, nothing in the module may have
            a length of 0 or 1 for it, since the exporter takes that as fixed.
        path: The file to write.
        input_names, output_names: As the graph's users know them.
        dynamic_shapes: Per argument of ``module.forward`` the names of dynamic axes, by axis.
        external: Write the weights to a file of their own, ``path`` and ``.data``. Done anyway
            where they are more than :data:`INLINE_LIMIT`.
    """
    # The exporter tells of packages that it could use and of names that it could not.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module,
            inputs,
            input_names=list(input_names),
            output_names=list(output_names),
            opset_version=OPSET,
            dynamo=True,
            dynamic_shapes=dynamic_shapes,
            optimize=True,
            verbose=False,
        )
    assert program is not None
    _forget_origins(program.model)
    size = sum(
        value.const_value.nbytes
        for value in program.model.graph.initializers.values()
        if value.const_value is not None
    )
    program.save(str(path), external_data=external or size > INLINE_LIMIT)
    onnx.checker.check_model(str(path))


def _forget_origins(model: onnx_ir.Model) -> None:
    """Removes what the exporter notes on every node: its place in the source, paths included."""
    model.metadata_props.clear()
    graph = model.graph
    graph.metadata_props.clear()
    nodes = list(graph.all_nodes())
    for node in nodes:
        node.metadata_props.clear()
        node.doc_string = None
    outputs = (value for node in nodes for value in node.outputs)
    for value in (*graph.inputs, *graph.initializers.values(), *outputs):
        value.metadata_props.clear()
