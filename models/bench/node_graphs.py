"""Every operator of a model as a graph of its own, with the inputs that it has in a window.

``npm run bench:operators`` times them. Of a branch (``If``) nothing is written: which side runs
depends on the data set.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import ModelProto, NodeProto, helper
from PIL import Image

BRANCHES = ("If",)


def window_of(picture: Path, card: dict) -> np.ndarray:
    """(1, 3, H, W): the upper left window of a picture, as the trunk takes it."""
    width, height = card["window"]["width"], card["window"]["height"]
    with Image.open(picture) as image:
        rgb = np.asarray(image.convert("RGB").crop((0, 0, width, height)), np.float32)
    mean, std = (np.array(card["normalisation"][key], np.float32) for key in ("mean", "std"))
    return ((rgb - mean) / std).transpose(2, 0, 1)[None]


def values_in(model: ModelProto, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every value that a run computes, by name, and what went in."""
    known = {output.name for output in model.graph.output}
    named = [name for node in model.graph.node for name in node.output if name]
    exposed = ModelProto()
    exposed.CopyFrom(model)
    exposed.graph.output.extend(
        helper.make_empty_tensor_value_info(name) for name in named if name not in known
    )
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        exposed.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    outputs = [output.name for output in session.get_outputs()]
    return feeds | dict(zip(outputs, session.run(outputs, feeds), strict=True))


def write_node(
    node: NodeProto, model: ModelProto, values: dict[str, np.ndarray], path: Path
) -> dict | None:
    """Writes a node's graph and its inputs; ``None`` where nothing goes in that a run computes."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    names = dict.fromkeys(name for name in node.input if name)
    inputs = {name: values[name] for name in names if name not in weights}
    if not inputs or node.op_type in BRANCHES:
        return None
    graph = helper.make_graph(
        [node],
        "node",
        [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
            )
            for name, value in inputs.items()
        ],
        [helper.make_empty_tensor_value_info(name) for name in node.output if name],
        [weights[name] for name in names if name in weights],
    )
    alone = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    path.with_suffix(".onnx").write_bytes(alone.SerializeToString())
    written = []
    for at, (name, value) in enumerate(inputs.items()):
        file = path.with_suffix(f".{at}.bin")
        file.write_bytes(np.ascontiguousarray(value).tobytes())
        written.append(
            {"name": name, "type": str(value.dtype), "shape": value.shape, "file": str(file)}
        )
    return {
        "operator": node.op_type,
        "graph": str(path.with_suffix(".onnx")),
        "inputs": written,
    }


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="folder of the model")
    parser.add_argument("--precision", required=True)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--picture", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()

    card = json.loads((args.model / "card.json").read_text())
    files = card["variants"][args.precision]
    index = [dataset["id"] for dataset in card["datasets"]].index(args.dataset)
    values = {"image": window_of(args.picture, card), "dataset": np.array([index], np.int64)}
    nodes = []
    for part in ("trunk", "dataset"):
        model = onnx.load(args.model / files[part]["path"])
        wanted = {value.name for value in model.graph.input}
        values |= values_in(model, {name: values[name] for name in wanted})
        for at, node in enumerate(model.graph.node):
            written = write_node(node, model, values, args.out / f"{part}-{at:04d}")
            if written is not None:
                nodes.append({"part": part} | written)
    (args.out / "nodes.json").write_text(json.dumps(nodes))


if __name__ == "__main__":
    main()
