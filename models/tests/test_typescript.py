"""The TypeScript path and PyTorch find the same nuclei in the same picture."""

import csv
import json
import shutil
import subprocess
import warnings
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from unicell.calibration import NONE
from unicell.card import write_card
from unicell.data import LabelledImage
from unicell.guided import GuidedUniCell
from unicell.operating_point import OperatingPoint
from unicell.predict import predict, suppress
from unicell.preset import load_preset
from unicell.validate import Choice, Exit
from unicell.weights import load_model

pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

from unicell.export import export_graphs

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / "node_modules" / ".bin" / "node"
WIDTH, HEIGHT = 330, 290

DRAW = f"""
import {{ syntheticField }} from '{ROOT}/src-gpu/demo/synthetic/field.ts';
const field = syntheticField({{ width: {WIDTH}, height: {HEIGHT}, seed: 5 }});
process.stdout.write(field.raster.data);
"""


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LabelledImage]:
    """A synthetic field as a file and as the Python side reads it."""
    if shutil.which(str(NODE)) is None:
        warnings.warn("node_modules is missing: run `npm ci`; the parity test skips", stacklevel=1)
        pytest.skip("needs node_modules")
    drawn = subprocess.run(
        [NODE, "--input-type=module", "-e", DRAW], capture_output=True, check=True
    ).stdout
    rgb = np.frombuffer(drawn, dtype=np.uint8).reshape(HEIGHT, WIDTH, 3)
    path = tmp_path_factory.mktemp("field") / "field.png"
    Image.fromarray(rgb).save(path)
    none = np.zeros((0, 2), dtype=np.float32)
    return path, LabelledImage("field.png", rgb, none, np.zeros(0, dtype=np.int64), 0.5)


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported ``compact`` of random weights that takes many peaks for nuclei."""
    preset = load_preset("compact")
    torch.manual_seed(5)
    model = GuidedUniCell(preset).eval()
    with torch.no_grad():
        part = model.part
        part.dense.weight.mul_(8)
        for block in part.fine_blocks:
            block.mix.reset_parameters()
        part.dense.bias.view(len(preset.datasets), part.cells**2, -1)[..., 0] = -1.5
        for stack in (*part.refine_logits, *part.refine_points):
            stack.weight.normal_(std=0.05)
    folder = tmp_path_factory.mktemp("models") / "compact"
    exits: list[Exit] = ["dense", "decoder"] * len(preset.datasets)
    chosen = exits[: len(preset.datasets)]
    export_graphs(model, folder, chosen)
    points = [
        OperatingPoint(Choice(exit_, 0.2, 2.0, 0.5, 0.5, [0.5] * len(dataset.classes)), NONE, 1)
        for exit_, dataset in zip(chosen, preset.datasets, strict=True)
    ]
    write_card(model, points, folder, "typed", "0.1.0")
    (folder / "LICENSE").write_text("For a test.\n")
    weights = {"preset": asdict(preset), "weights": model.state_dict()}
    torch.save(weights, folder / "weights.pt")
    return folder


@pytest.mark.parametrize("dataset", ["consep", "ocelot"])
def test_both_paths_find_the_same_nuclei(
    dataset: str, picture: tuple[Path, LabelledImage], model_folder: Path, tmp_path: Path
) -> None:
    path, read = picture
    command = [NODE, ROOT / "src-gpu" / "unicell.mjs", "detect", path, "--dataset", dataset]
    command += ["--model", model_folder, "--mpp", "0.5", "--format", "csv", "--out", tmp_path]
    subprocess.run(command, check=True, capture_output=True)
    with next(tmp_path.glob("*.csv")).open(newline="") as file:
        rows = list(csv.DictReader(file))
    theirs = np.array([[float(r["x"]), float(r["y"]), float(r["score"])] for r in rows])

    card = json.loads((model_folder / "card.json").read_text())
    model = load_model(model_folder / "weights.pt")
    index = model.preset.dataset_index(dataset)
    settings = card["datasets"][index]
    torch.set_num_threads(2)
    found = predict(
        model, read, index, halo=card["window"]["haloPx"], decode=settings["exit"] == "decoder"
    )
    found = suppress(found, settings["suppressionRadiusUm"] / card["mpp"])
    # Scores within 1e-3 of the threshold may fall on either side of it.
    sure = found.take(np.nonzero(found.scores >= settings["threshold"] + 1e-3)[0])
    maybe = found.take(np.nonzero(found.scores >= settings["threshold"] - 1e-3)[0])
    assert len(sure.points) > 50
    assert len(sure.points) <= len(theirs) <= len(maybe.points)
    for place, score, logits in zip(sure.points, sure.scores, sure.logits, strict=True):
        distance = np.hypot(*(theirs[:, :2] - place).T)
        nearest = int(distance.argmin())
        assert distance[nearest] < 0.05
        assert abs(theirs[nearest, 2] - score) < 1e-3
        gap = np.sort(logits)[-1] - np.sort(logits)[-2]
        if gap > 1e-3:
            assert rows[nearest]["class"] == card["datasets"][index]["classes"][logits.argmax()]
