"""What tools leave undone in the branches of an ONNX graph (the subgraphs of ``If``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import onnx


def branches(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """The graphs inside of a graph, at every depth."""
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield attribute.g
                yield from branches(attribute.g)


def modernise_branches(path: Path) -> None:
    """Give ``GridSample`` in branches the mode's name of opset 20.

    PyTorch's exporter writes opset 18 and converts only the outer graph to a later one.
    """
    model = onnx.load(path)
    for branch in branches(model.graph):
        for node in branch.node:
            for attribute in node.attribute if node.op_type == "GridSample" else ():
                if attribute.s == b"bilinear":
                    attribute.s = b"linear"
    onnx.save(model, path)


def name_branches_apart(model: onnx.ModelProto) -> None:
    """Give the values of every branch names that no other graph of the model has.

    ONNX Runtime's optimiser reuses names between a branch and the graph around it, and then refuses
    what it wrote.
    """
    # The innermost first, so that no name still stands for two values when it is replaced.
    for number, branch in reversed(list(enumerate(branches(model.graph)))):
        _rename(branch, f"branch{number}/")


def _rename(graph: onnx.GraphProto, prefix: str) -> None:
    values = [name for node in graph.node for name in node.output if name]
    names = {name: prefix + name for name in values}
    names |= {tensor.name: prefix + tensor.name for tensor in graph.initializer}
    for node in graph.node:
        node.name = prefix + node.name
    for inner in (graph, *branches(graph)):
        for node in inner.node:
            node.input[:] = [names.get(name, name) for name in node.input]
    for node in graph.node:
        node.output[:] = [names.get(name, name) for name in node.output]
    for value in (*graph.initializer, *graph.output, *graph.value_info):
        value.name = names.get(value.name, value.name)
