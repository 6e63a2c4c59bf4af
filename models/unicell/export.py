"""Export a trained model to ONNX: the trunk and the data set part, each with a dynamic batch.

    python -m unicell.export runs/compact/weights.pt --data ../shared/data --out models/compact

writes ``trunk.onnx``, ``dataset.onnx`` and ``card.json`` beside a copy of the weights. The trunk
turns windows into features; the data set part turns features into nuclei for the data set whose
index it is given, so that one picture under several data sets pays the trunk once. The threshold
and the suppression radius of every data set are chosen on its val split.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from .card import write_card
from .data import read_pictures
from .guided import GuidedUniCell
from .prompt import PromptConstants
from .stacked import pick
from .validate import choose
from .weights import load_model

OPSET = 20
"""GridSample of opset 20 is what onnxruntime-web runs."""


class DatasetGraph(nn.Module):
    """The data set part with the prompt module folded into constants."""

    def __init__(self, model: GuidedUniCell, decode: bool) -> None:
        super().__init__()
        self.part = model.part
        self.queries = model.preset.model.queries
        self.window = model.preset.model.window
        self.decode = decode
        prompt = model.part.prompt
        with torch.no_grad():
            constants = prompt.stacked_constants() if prompt is not None else None
        self.register_buffer("keys", constants.keys if constants else None)
        self.register_buffer("values", constants.values if constants else None)
        self.register_buffer("bias", constants.bias if constants else None)
        self.keys: Tensor | None
        self.values: Tensor
        self.bias: Tensor

    def forward(self, finest: Tensor, coarse: Tensor, dataset: Tensor) -> tuple[Tensor, Tensor]:
        """Nuclei of a batch of windows for one data set.

        Args:
            finest, coarse: features of the trunk.
            dataset: (1,) int64 index into the card's data sets.

        Returns:
            (B, Q, K) logits and (B, Q, 2) points in 0..1 of the window.
        """
        constants = None
        if self.keys is not None:
            constants = PromptConstants(
                pick(self.keys, dataset), pick(self.values, dataset), pick(self.bias, dataset)
            )
        queries = self.part(
            finest, coarse, dataset, self.queries, constants=constants, decode=self.decode
        )
        return queries.joint_logits(), queries.points / self.window


def export_graphs(model: GuidedUniCell, out: Path, decode: bool) -> None:
    """Write ``trunk.onnx`` and ``dataset.onnx``, checked."""
    out.mkdir(parents=True, exist_ok=True)
    window = model.preset.model.window
    image = torch.rand(2, 3, window, window) * 2 - 1
    with torch.no_grad():
        finest, coarse = model.trunk(image)
    batch = torch.export.Dim("batch", min=1, max=64)
    outputs = ["finest", "coarse"]
    _export(model.trunk, (image,), out / "trunk.onnx", ["image"], outputs, [{0: batch}])
    graph = DatasetGraph(model, decode).eval()
    _export(
        graph,
        (finest, coarse, torch.zeros(1, dtype=torch.int64)),
        out / "dataset.onnx",
        [*outputs, "dataset"],
        ["logits", "points"],
        [{0: batch}, {0: batch}, None],
    )


def _export(
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    path: Path,
    input_names: list[str],
    output_names: list[str],
    dynamic: list[dict[int, torch.export.Dim] | None],
) -> None:
    torch.onnx.export(
        module,
        inputs,
        str(path),
        input_names=input_names,
        output_names=output_names,
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
        dynamic_shapes=tuple(dynamic),
        optimize=True,
        verbose=False,
    )
    graph = onnx.load(str(path))
    # The exporter notes on every node where in the source it came from, paths included.
    for node in graph.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del graph.metadata_props[:]
    del graph.graph.metadata_props[:]
    for value in [*graph.graph.value_info, *graph.graph.input, *graph.graph.output]:
        del value.metadata_props[:]
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path))


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--exit", choices=["decoder", "dense"], default="decoder",
                        help="where the model stops: after the decoder, or after the first stage")
    args = parser.parse_args()
    model = load_model(args.weights)
    decode = args.exit == "decoder"
    choices = []
    for dataset, config in enumerate(model.preset.datasets):
        pictures = [
            picture
            for folder in config.folders
            for picture in read_pictures(
                args.data / folder, "val", config.labels, model.preset.mpp
            )
        ]
        choice = choose(model, pictures, dataset, decode=decode)
        print(f"{config.id}: val Fd {choice.fd:.3f} Fc {choice.fc:.3f} at {choice.threshold}")
        choices.append((choice, len(pictures)))
    export_graphs(model, args.out, decode)
    if args.weights.resolve() != (args.out / "weights.pt").resolve():
        shutil.copyfile(args.weights, args.out / "weights.pt")
    write_card(model.preset, choices, args.exit, args.out)


if __name__ == "__main__":
    main()
