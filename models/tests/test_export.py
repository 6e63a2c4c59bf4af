"""The exported graphs say what the model says."""

import json
import math
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import tiny_preset

from unicell.calibration import Calibration
from unicell.guided import GuidedUniCell
from unicell.run_log import describe_run, write_log
from unicell.validate import Choice, Exit

ort = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")


@pytest.mark.parametrize("exits", [("decoder", "dense"), ("dense", "dense")])
def test_onnx_equals_torch_for_every_data_set_and_batch(
    tmp_path: Path, exits: tuple[Exit, Exit]
) -> None:
    from unicell.export import export_graphs

    torch.manual_seed(1)
    model = GuidedUniCell(tiny_preset()).eval()
    with torch.no_grad():
        model.part.dense.bias.view(2, 4, -1)[..., 0] = -1.0
        model.part.dense.weight.mul_(4)
        for stack in (*model.part.refine_logits, *model.part.refine_points):
            stack.weight.normal_(std=0.05)
    export_graphs(model, tmp_path, exits)
    trunk = ort.InferenceSession(str(tmp_path / "trunk.onnx"))
    part = ort.InferenceSession(str(tmp_path / "dataset.onnx"))
    for batch in (1, 3):
        image = torch.rand(batch, 3, 64, 64) * 2 - 1
        finest, coarse = trunk.run(None, {"image": image.numpy()})
        for dataset, classes in enumerate(model.part.class_counts):
            feeds = {"finest": finest, "coarse": coarse, "dataset": np.array([dataset])}
            logits, points = part.run(None, feeds)
            with torch.no_grad():
                expected = model(image, dataset, decode=exits[dataset] == "decoder")
            for b in range(batch):
                ours = _rows(expected.joint_logits()[b, :, :classes], expected.points[b] / 64)
                theirs = _rows(torch.tensor(logits[b, :, :classes]), torch.tensor(points[b]))
                assert len(ours) == len(theirs) > 0
                np.testing.assert_allclose(ours, theirs, atol=1e-3)


def _rows(logits: torch.Tensor, points: torch.Tensor) -> np.ndarray:  # type: ignore[type-arg]
    """Real queries as rows (x, y, probabilities), in an order that does not depend on rank."""
    real = logits.amax(-1) > -100
    rows = torch.cat([points[real], logits[real].sigmoid()], 1).numpy()
    order = np.lexsort((rows[:, 0].round(2), rows[:, 1].round(2)))
    return rows[order]


def test_the_card_repeats_the_command_of_the_log(tmp_path: Path) -> None:
    from unicell.export import trained_by

    preset = tiny_preset()
    weights = tmp_path / "weights.pt"
    torch.save({"preset": asdict(preset), "weights": {}}, weights)
    assert trained_by(preset, weights).startswith("python -m unicell.train --preset tiny ")
    log = describe_run(preset, {}, {}, torch.device("cpu"), 1.0, {}, "typed --twice")
    write_log(log, tmp_path / "log.json")
    assert trained_by(preset, weights) == "typed --twice"


def test_choices_are_those_of_a_card_for_a_model_that_learned_val(tmp_path: Path) -> None:
    from unicell.card import write_card
    from unicell.export import export_graphs
    from unicell.operating_point import OperatingPoint, read_operating_points

    preset = tiny_preset()
    model = GuidedUniCell(preset).eval()
    chosen = [
        OperatingPoint(
            Choice("decoder", 0.35, 2.5, 0.7, 0.5, []), Calibration(1.3, 0.8, 0.2, 0.1), 4
        ),
        OperatingPoint(
            Choice("dense", 0.25, 1.5, 0.6, 0.4, []), Calibration(0.9, 0.5, 0.3, 0.05), 7
        ),
    ]
    export_graphs(model, tmp_path, ["decoder", "dense"], [one.calibration for one in chosen])
    write_card(model, chosen, tmp_path, "typed", "1.0.0")
    card = tmp_path / "card.json"
    assert [score["fd"] for score in json.loads(card.read_text())["scores"]] == [0.7, 0.6]

    read = read_operating_points(card, preset)
    assert [one.calibration for one in read] == [one.calibration for one in chosen]
    assert [(one.choice.exit, one.choice.radius_um) for one in read] == [
        ("decoder", 2.5),
        ("dense", 1.5),
    ]
    # Calibrated, the threshold is one half.
    for one in read:
        raw = math.log(one.choice.threshold / (1 - one.choice.threshold))
        assert one.calibration.slope * raw + one.calibration.offset == pytest.approx(0)
    write_card(model, read, tmp_path, "typed", "1.0.0")
    assert json.loads(card.read_text())["scores"] == []

    swapped = replace(preset, datasets=[replace(preset.datasets[0], classes=["x", "y"])])
    with pytest.raises(ValueError, match=r"has no calibrated one of the classes \['x', 'y'\]"):
        read_operating_points(card, swapped)


def test_the_decoder_runs_where_it_earns_its_time() -> None:
    from unicell.operating_point import choose_exit

    dense, little, much = (
        Choice(exit_, 0.5, 2.0, 0.8, 0.5, [], score)
        for exit_, score in (("dense", 1.3), ("decoder", 1.305), ("decoder", 1.32))
    )
    assert choose_exit([little, dense]) is dense
    assert choose_exit([much, dense]) is much
    assert choose_exit([dense]) is dense


def test_the_card_names_all_data_that_was_learned_from() -> None:
    from unicell.card import learned_data
    from unicell.preset import load_preset

    known = ["CoNSeP", "MoNuSAC", "OCELOT", "BRCA-M2C", "CRCHistoPhenotypes", "PanNuke"]
    assert learned_data(load_preset("compact")) == [*known, "monuseg", "nuinsseg", "tnbc"]
