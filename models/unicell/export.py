"""Export a trained model to ONNX: the trunk and the data set part, each with a dynamic batch.

    python -m unicell.export runs/compact/weights.pt --data ../shared/data --out models/compact

writes ``trunk.onnx``, ``dataset.onnx`` and ``card.json`` beside a copy of the weights. The trunk
turns windows into features; the data set part turns features into nuclei for the data set whose
index it is given, so that one picture under several data sets pays the trunk once. Whether a data
set stops after the decoder or after the dense first stage is chosen on its val split, threshold and
suppression radius on that and some pictures of train; the graph then moves the scores so that the
threshold of each is one half (:mod:`unicell.calibration`).

    python -m unicell.export runs/all/weights.pt --chosen models/compact/card.json --out models/all

takes all of that from the card of a model of the same recipe that did not learn from val, for one
that did: on pictures that it knows by heart nothing can be chosen.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import torch
from torch import Tensor, nn

from .branches import modernise_branches
from .calibration import NONE, Calibration
from .card import write_card
from .data import splits_of
from .dataset_part import Memory, Queries
from .guided import GuidedUniCell
from .onnx_file import write_onnx
from .operating_point import OperatingPoint, find_operating_point, read_operating_points
from .preset import Preset
from .preset_pictures import files_of, images_of
from .prompt import PromptConstants
from .run_log import read_log
from .stacked import pick
from .validate import Exit
from .weights import load_model

LEARNED_PICTURES = 40
"""Of train, that have a say in thresholds and radii."""


class DatasetGraph(nn.Module):
    """The data set part with the prompt module folded into constants.

    Args:
        model: the trained model.
        exits: for each data set ``decoder`` or ``dense``, where it stops. One graph serves both:
            what the decoder alone needs is a branch that runs for its data sets only.
        fits: for each data set how its scores are calibrated.
    """

    def __init__(
        self, model: GuidedUniCell, exits: Sequence[Exit], fits: Sequence[Calibration]
    ) -> None:
        super().__init__()
        self.part = model.part
        self.queries = model.preset.model.queries
        self.window = model.preset.model.window
        self.exits = set(exits)
        self.register_buffer("decodes", torch.tensor([exit_ == "decoder" for exit_ in exits]))
        self.decodes: Tensor
        self.register_buffer("slopes", torch.tensor([fit.slope for fit in fits]))
        self.register_buffer("offsets", torch.tensor([fit.offset for fit in fits]))
        self.slopes: Tensor
        self.offsets: Tensor
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
        prompted = self.part.enhance(coarse, self._constants(dataset))
        fine = self.part.fuse(finest, prompted)
        queries, token = self.part.select(self.part.dense_maps(fine, dataset), self.queries)
        found = (queries.objectness, queries.classes, queries.points)
        inputs = (*found, fine, prompted, token, dataset)
        if len(self.exits) == 1:
            return (self._decode if "decoder" in self.exits else self._keep)(*inputs)
        outputs: tuple[Tensor, Tensor] = torch.cond(
            pick(self.decodes, dataset), self._decode, self._keep, inputs
        )
        return outputs

    def _constants(self, dataset: Tensor) -> PromptConstants | None:
        if self.keys is None:
            return None
        return PromptConstants(
            pick(self.keys, dataset), pick(self.values, dataset), pick(self.bias, dataset)
        )

    def _decode(
        self,
        objectness: Tensor,
        classes: Tensor,
        points: Tensor,
        fine: Tensor,
        coarse: Tensor,
        token: Tensor,
        dataset: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Outputs of queries after the decoder; both levels are turned towards the data set."""
        memory = Memory(fine, coarse)
        content = self.part.content_of(memory, token, self._constants(dataset))
        queries = Queries(objectness, classes, points)
        return self._outputs(self.part.refine(queries, content, memory, dataset)[-1], dataset)

    def _keep(
        self,
        objectness: Tensor,
        classes: Tensor,
        points: Tensor,
        fine: Tensor,
        coarse: Tensor,
        token: Tensor,
        dataset: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Outputs of queries as the dense stage left them."""
        return self._outputs(Queries(objectness, classes, points), dataset)

    def _outputs(self, queries: Queries, dataset: Tensor) -> tuple[Tensor, Tensor]:
        scale, shift = pick(self.slopes, dataset), pick(self.offsets, dataset)
        calibrated = replace(queries, objectness=scale * queries.objectness + shift)
        return calibrated.joint_logits(), queries.points / self.window


def export_graphs(
    model: GuidedUniCell,
    out: Path,
    exits: Sequence[Exit],
    fits: Sequence[Calibration] | None = None,
) -> None:
    """Write ``trunk.onnx`` and ``dataset.onnx``, checked; arguments as for :class:`DatasetGraph`.

    Without ``fits`` scores stay as the model gives them.
    """
    out.mkdir(parents=True, exist_ok=True)
    window = model.preset.model.window
    image = torch.rand(2, 3, window, window) * 2 - 1
    with torch.no_grad():
        finest, coarse = model.trunk(image)
    batch = {0: "batch"}
    outputs = ["finest", "coarse"]
    write_onnx(model.trunk, (image,), out / "trunk.onnx", ["image"], outputs, (batch,))
    graph = DatasetGraph(model, exits, fits or [NONE] * len(exits)).eval()
    write_onnx(
        graph,
        (finest, coarse, torch.zeros(1, dtype=torch.int64)),
        out / "dataset.onnx",
        [*outputs, "dataset"],
        ["logits", "points"],
        (batch, batch, None),
    )
    modernise_branches(out / "dataset.onnx")


def trained_by(preset: Preset, weights: Path) -> str:
    """The command that made weights: what they or the log beside them say, or the preset's."""
    content = torch.load(weights, map_location="cpu", weights_only=True, mmap=True)
    if command := content.get("command"):
        return str(command)
    log = weights.with_name("log.json")
    if log.is_file() and (command := read_log(log).command):
        return command
    return f"python -m unicell.train --preset {preset.id} --data DATA --backbone IMAGENET.pt"


def find_operating_points(model: GuidedUniCell, data: Path) -> list[OperatingPoint]:
    """Choose for every data set, and say what was chosen."""
    points = []
    for dataset, config in enumerate(model.preset.datasets):
        pictures = images_of(model.preset, config, data, "val")
        learned = []
        if any("train" in splits_of(data / folder) for folder in config.folders):
            learned = files_of(config, data, "train")
        if len(learned) > LEARNED_PICTURES:
            # The same ones whenever it is called.
            learned = Random(0).sample(learned, LEARNED_PICTURES)
        beside = [file.read(model.preset.mpp) for file in learned]
        point = find_operating_point(model, pictures, dataset, beside)
        for offer in point.offers:
            print(
                f"{config.id}: {offer.exit} exit: val Fd {offer.fd:.4f} Fc {offer.fc:.4f}, "
                f"threshold {offer.threshold}, radius {offer.radius_um} um"
                f"{', chosen' if offer is point.choice else ''}"
            )
        fit = point.calibration
        print(
            f"{config.id}: slope {fit.slope:.2f}, offset {fit.offset:.2f}: "
            f"calibration error {fit.ece_before:.3f} to {fit.ece_after:.3f}",
            flush=True,
        )
        points.append(point)
    return points


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--data", type=Path, help="folder of data folders: choose on their val")
    chosen.add_argument("--chosen", type=Path, help="card.json to take the choices from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default="0.1.0", help="of the model, for its card")
    args = parser.parse_args()
    try:
        model = load_model(args.weights)
        if args.chosen is None:
            points = find_operating_points(model, args.data)
        else:
            points = read_operating_points(args.chosen, model.preset)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    export_graphs(
        model,
        args.out,
        [point.choice.exit for point in points],
        [point.calibration for point in points],
    )
    if args.weights.resolve() != (args.out / "weights.pt").resolve():
        shutil.copyfile(args.weights, args.out / "weights.pt")
    trained = trained_by(model.preset, args.weights)
    write_card(model, points, args.out, trained, args.version)


if __name__ == "__main__":
    main()
