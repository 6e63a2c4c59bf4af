"""Quantisation of a small random model: what is written, and that it is the same every time."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny import draw_image, tiny_preset

from unicell.guided import GuidedUniCell

ort = pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxscript")

WINDOW, HALO = 64, 8


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported model whose data sets leave after the dense stage and after the decoder."""
    from dataclasses import asdict, replace

    from unicell.calibration import NONE
    from unicell.card import write_card
    from unicell.export import export_graphs
    from unicell.operating_point import OperatingPoint
    from unicell.validate import Choice

    torch.manual_seed(3)
    preset = tiny_preset()
    # What is quantised for the edge stands on this backbone.
    config = replace(preset.model, backbone="mobilenet-v2")
    model = GuidedUniCell(replace(preset, model=config)).eval()
    with torch.no_grad():
        # Deep and untrained, the backbone would give nearly the same for every picture.
        for layer in model.trunk.backbone.modules():
            if isinstance(layer, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                torch.nn.init.zeros_(layer.bias)
        for block in model.trunk.blocks:
            block.second.weight.normal_(std=0.05)
    folder = tmp_path_factory.mktemp("model")
    export_graphs(model, folder, ["dense", "decoder"])
    torch.save(
        {"preset": asdict(model.preset), "weights": model.state_dict()}, folder / "weights.pt"
    )
    points = [
        OperatingPoint(Choice("dense", 0.3, 2.0, 0.5, 0.5, [0.5, 0.5]), NONE, 1),
        OperatingPoint(Choice("decoder", 0.3, 2.0, 0.5, 0.5, [0.5] * 3), NONE, 1),
    ]
    write_card(model, points, folder, "typed", "0.1.0")
    card = json.loads((folder / "card.json").read_text())
    card["window"]["haloPx"] = HALO
    (folder / "card.json").write_text(json.dumps(card))
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two data sets in the neutral layout, each with two train pictures and a val picture."""
    root = tmp_path_factory.mktemp("data")
    for name, labels, seed in (("one", "ab", 0), ("two", "cde", 10)):
        folder = root / name
        (folder / "images").mkdir(parents=True)
        images, points = [], []
        for i, split in enumerate(("train", "train", "val")):
            picture = draw_image(seed + i, len(labels))
            Image.fromarray(picture.rgb).save(folder / "images" / f"{i}.png")
            images.append({"image": f"{i}.png", "split": split, "mpp": 0.5})
            for (x, y), label in zip(picture.points, picture.classes, strict=True):
                kind = labels[label] if label >= 0 else ""
                points.append({"image": f"{i}.png", "x": x, "y": y, "class": kind})
        for file, rows in (("images.csv", images), ("points.csv", points)):
            with (folder / file).open("w", newline="") as out:
                writer = csv.DictWriter(out, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
    return root


def quantise(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    from unicell.quantise import main

    monkeypatch.setattr(sys, "argv", ["quantise", *map(str, arguments)])
    main()


def test_calibration_sees_train_pictures_only(model_folder: Path, data: Path) -> None:
    from unicell.quantise_calibration import calibration_windows
    from unicell.weights import read_preset

    preset = read_preset(model_folder / "weights.pt")
    windows, owners, seen = calibration_windows(preset, HALO, data, 9, seed=1)
    assert windows.shape == (4, 3, WINDOW, WINDOW)
    assert owners == [0, 0, 1, 1]
    assert (seen.split, seen.windows, seen.datasets) == ("train", 4, ["one", "two"])
    assert windows.min() >= -1
    assert windows.max() <= 1
    shown = [
        np.asarray(Image.open(data / name / "images" / f"{i}.png"), dtype=np.float32) / 127.5 - 1
        for name in ("one", "two")
        for i in (0, 1)
    ]
    for window, picture in zip(windows, shown, strict=True):
        starts = [(y, x) for y in (0, 26) for x in (0, 36)]
        cuts = [picture[y : y + WINDOW, x : x + WINDOW].transpose(2, 0, 1) for y, x in starts]
        assert any(np.allclose(window, cut, atol=1e-6) for cut in cuts)
    again, _, _ = calibration_windows(preset, HALO, data, 9, seed=1)
    np.testing.assert_array_equal(windows, again)


def test_a_variant_is_written_listed_and_repeatable(
    model_folder: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from unicell.card import graph_file

    hashes = []
    for name in ("first", "second"):
        out = tmp_path / name
        recipe = ("--recipe", "mixed-deep-matmul")
        quantise(monkeypatch, model_folder, "--data", data, "--out", out, *recipe)
        card = json.loads((out / "card.json").read_text())
        files = card["variants"]["int8"]
        for part in ("trunk", "dataset"):
            expected = graph_file(out / f"{part}.int8.onnx") | {"optimised": True}
            assert files[part] == expected
        hashes.append([files[part]["sha256"] for part in files])
    assert hashes[0] == hashes[1]
    about = card["quantisation"]["int8"]
    assert about["recipe"] == "mixed-deep-matmul"
    assert about["calibration"] == {
        "split": "train",
        "datasets": ["one", "two"],
        "windows": 4,
        "seed": about["calibration"]["seed"],
    }
    operators = {node.op_type for node in onnx.load(out / "trunk.int8.onnx").graph.node}
    assert operators & {"QLinearConv", "MatMulIntegerToFloat", "DynamicQuantizeMatMul"}
    small = (out / "trunk.int8.onnx").stat().st_size
    assert small < (out / "trunk.onnx").stat().st_size


def test_all_recipes_run_near_fp32(
    model_folder: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from unicell.quantise_recipes import RECIPES

    quantise(monkeypatch, model_folder, "--data", data, "--all", "--out", tmp_path)
    card = json.loads((tmp_path / "card.json").read_text())
    assert list(card["variants"]) == ["fp32", *RECIPES]
    image = np.asarray(Image.open(data / "one/images/2.png"))[:WINDOW, :WINDOW]
    feed = (image.transpose(2, 0, 1)[None] / 127.5 - 1).astype(np.float32)
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    features = {}
    for name, files in card["variants"].items():
        trunk = ort.InferenceSession(str(tmp_path / files["trunk"]["path"]), options)
        part = ort.InferenceSession(str(tmp_path / files["dataset"]["path"]), options)
        finest, coarse = trunk.run(["finest", "coarse"], {"image": feed})
        features[name] = finest
        for dataset in (0, 1):
            feeds = {"finest": finest, "coarse": coarse, "dataset": np.array([dataset])}
            logits, points = part.run(["logits", "points"], feeds)
            assert logits.shape == (1, 60, 3)
            assert points.shape == (1, 60, 2)
            assert np.isfinite(logits).all()
    spread = float(features["fp32"].std())
    np.testing.assert_allclose(features["fp32-offline"], features["fp32"], atol=1e-4 * spread)
    for name in RECIPES:
        error = float(np.abs(features[name] - features["fp32"]).mean())
        assert error < 0.2 * spread, name


def test_all_recipes_never_fill_the_model_s_own_folder(
    model_folder: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(path.name for path in model_folder.iterdir())
    with pytest.raises(SystemExit):
        quantise(monkeypatch, model_folder, "--data", data, "--all")
    assert sorted(path.name for path in model_folder.iterdir()) == before


def test_a_folder_without_weights_is_named(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        quantise(monkeypatch, tmp_path, "--data", data)
    assert "weights.pt is not there" in capsys.readouterr().err
