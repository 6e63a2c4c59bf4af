"""Branches of ONNX graphs get what tools leave undone."""

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")


def model_with_branches() -> "onnx.ModelProto":
    """``y = relu(x) + 1`` where ``go``, else ``y = -relu(x)``; both branches name it ``same``."""
    from onnx import TensorProto, helper

    def value(name: str, kind: int = TensorProto.FLOAT) -> "onnx.ValueInfoProto":
        return helper.make_tensor_value_info(name, kind, [2] if kind == 1 else [1])

    one = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])
    then = helper.make_graph(
        [helper.make_node("Add", ["outer", "one"], ["same"], name="n")],
        "then",
        [],
        [value("same")],
        [one],
    )
    other = helper.make_graph(
        [helper.make_node("Neg", ["outer"], ["same"], name="n")], "else", [], [value("same")]
    )
    nodes = [
        helper.make_node("Relu", ["x"], ["outer"], name="n"),
        helper.make_node("If", ["go"], ["y"], then_branch=then, else_branch=other),
    ]
    graph = helper.make_graph(nodes, "g", [value("x"), value("go", TensorProto.BOOL)], [value("y")])
    opset = helper.make_opsetid("", 20)
    return helper.make_model(graph, opset_imports=[opset], ir_version=10)


def test_branches_named_apart_compute_the_same() -> None:
    from unicell.branches import branches, name_branches_apart

    model = model_with_branches()
    name_branches_apart(model)
    named = [name for g in branches(model.graph) for node in g.node for name in node.output]
    assert len(set(named)) == len(named) == 2
    session = ort.InferenceSession(model.SerializeToString())
    x = np.array([2.0, -3.0], dtype=np.float32)
    for go, expected in ((True, [3.0, 1.0]), (False, [-2.0, 0.0])):
        (y,) = session.run(None, {"x": x, "go": np.array([go])})
        np.testing.assert_array_equal(y, expected)


def test_grid_sample_of_a_branch_gets_the_name_of_its_mode(tmp_path: Path) -> None:
    from onnx import helper

    from unicell.branches import branches, modernise_branches

    model = model_with_branches()
    node = helper.make_node("GridSample", ["outer", "outer"], ["z"], mode="bilinear")
    next(branches(model.graph)).node.append(node)
    onnx.save(model, tmp_path / "m.onnx")
    modernise_branches(tmp_path / "m.onnx")
    found = next(branches(onnx.load(tmp_path / "m.onnx").graph)).node[-1]
    assert found.attribute[0].s == b"linear"
