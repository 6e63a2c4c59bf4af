"""From an official checkpoint to ONNX graphs that reproduce the recorded run."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from recorded_run import (
    CHECKPOINT,
    DATASET_STAGES,
    DATASETS,
    RUN,
    SIDE,
    TOLERANCES,
    TRUNK_STAGES,
    image,
    recorded,
    write_once,
)
from reference import arrays, needs
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from test_checkpoint import Attack
from torch import Tensor

from unicell import conversion
from unicell.checkpoint import read_checkpoint
from unicell.conversion import ConversionError, check_graphs, convert
from unicell.convert import main
from unicell.model import UniCell
from unicell.official_checkpoint import load_official
from unicell.postprocess import OFFICIAL_LIMIT, best_pairs, to_pixels

ort = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

Values = dict[str, npt.NDArray[Any]]


@cache
def model() -> UniCell:
    return load_official(needs(CHECKPOINT))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs(CHECKPOINT)
    return write_once(tmp_path_factory.mktemp("recorded"))


@pytest.fixture(scope="module")
def converted(written: Path) -> Path:
    return written / "models" / "official-small"


@pytest.fixture(scope="module")
def staged(written: Path) -> Path:
    return written / "stages"


def run(graph: Path, feeds: Values) -> Values:
    session = ort.InferenceSession(str(graph))
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, feeds), strict=True))


def same_nuclei(
    logits: npt.NDArray[np.float32], points: npt.NDArray[np.float32], dataset: int
) -> int:
    """How many of the 300 surest nuclei are the recorded ones: class, place and score."""
    expected = recorded(dataset)
    classes = expected["logits"].shape[-1]
    assert (logits[:, classes:] < -1e3).all()
    nuclei = best_pairs(torch.from_numpy(logits[:, :classes]), torch.from_numpy(points))
    distance = cdist(to_pixels(nuclei.points, (SIDE, SIDE)), expected["pred_centroids"])
    other = nuclei.labels.numpy()[:, None] != expected["pred_labels"][None]
    rows, columns = linear_sum_assignment(np.where(other, 1e6, distance))
    scores = np.abs(nuclei.scores.numpy()[rows] - expected["pred_scores"][columns])
    near = distance[rows, columns] < SIDE * 1e-4
    return int((~other[rows, columns] & near & (scores < 1e-3)).sum())


def test_every_recorded_stage(staged: Path) -> None:
    trunk = run(staged / "trunk.onnx", {"image": image()})
    for name in TRUNK_STAGES:
        expected = arrays(RUN)[name]
        assert trunk[name].shape == expected.shape
        assert np.abs(trunk[name] - expected).max() < TOLERANCES[name], name
    for i in range(len(DATASETS)):
        expected = recorded(i)
        feeds = {
            "tokens": trunk["tokens"],
            "dataset": np.array([i]),
            "chosen": expected["topk_idx"][None],
        }
        stages = run(staged / "dataset.onnx", feeds)
        for name in DATASET_STAGES:
            # The class axis is as wide as the largest data set's.
            found = stages[name][..., : expected[name].shape[-1]]
            assert found.shape == expected[name].shape
            assert np.abs(found - expected[name]).max() < TOLERANCES[name], (name, i)
        assert same_nuclei(stages["logits"][-1], stages["points"][-1], i) == OFFICIAL_LIMIT


def test_predictions_as_a_set(converted: Path) -> None:
    maps = run(converted / "trunk.onnx", {"image": image()})
    for i in range(len(DATASETS)):
        outputs = run(converted / "dataset.onnx", {**maps, "dataset": np.array([i])})
        # 300 where this was written. Which of two nearly tied tokens gets which query is not the
        # same on every processor, and a swap moves these two far: up to four neighbours of the 900
        # are nearer than 1e-5. The test above, where the choice is given, allows none.
        same = same_nuclei(outputs["logits"][0], outputs["points"][0], i)
        assert same >= 0.98 * OFFICIAL_LIMIT


@pytest.mark.parametrize("size", [(1, 1, 1), (3, 37, 130), (1, 261, 277), (1, 800, 803)])
def test_any_size_and_batch(converted: Path, size: tuple[int, int, int]) -> None:
    batch, height, width = size
    generator = torch.Generator().manual_seed(1)
    check_graphs(model(), converted, torch.randn(batch, 3, height, width, generator=generator))


def test_what_the_check_finds(converted: Path) -> None:
    other = load_official(CHECKPOINT)
    assert other.prompt is not None
    other.prompt.mask = "paper"  # type: ignore[union-attr]
    with pytest.raises(ConversionError, match="of consep differ by"):
        check_graphs(other, converted, torch.randn(1, 3, 64, 96))


def test_the_card(converted: Path) -> None:
    card = json.loads((converted / "card.json").read_text())
    assert card["id"] == "official-small"
    assert [dataset["id"] for dataset in card["datasets"]] == list(DATASETS)
    assert card["window"] == {"width": 256, "height": 256, "haloPx": 64, "anySize": True}
    assert card["protocol"] == "official"
    files = {"card.json", "LICENSE", "trunk.onnx", "dataset.onnx"}
    assert {path.name for path in converted.iterdir()} == files
    assert [path.name for path in converted.parent.iterdir()] == ["official-small"]
    licence = (converted / "LICENSE").read_text()
    assert "no licence" in licence
    assert max(map(len, licence.splitlines())) <= 120
    for name in ("trunk.onnx", "dataset.onnx"):
        content = (converted / name).read_bytes()
        assert str(Path(conversion.__file__).parent).encode() not in content
        assert b"site-packages" not in content


def damaged(change: Callable[[dict[str, Tensor]], None]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        state = dict(read_checkpoint(needs(CHECKPOINT)))
        change(state)
        torch.save({"state_dict": state}, path)

    return write


def truncated(path: Path) -> None:
    path.write_bytes(needs(CHECKPOINT).read_bytes()[:-1000])


def attack(path: Path) -> None:
    torch.save({"state_dict": {"a": torch.zeros(2)}, "meta": Attack(path.parent / "trace")}, path)


BAD = {
    "truncated": (truncated, "official.pth is truncated"),
    "pickle": (lambda p: p.write_bytes(pickle.dumps({"a": 1})), "no PyTorch checkpoint"),
    "attack": (attack, "not an official UniCell checkpoint"),
    "shape": (
        damaged(lambda s: s.update({"decoder.norm.bias": torch.zeros(255)})),
        "decoder.norm.bias has shape (255,), expected (256,)",
    ),
    "missing": (damaged(lambda s: s.pop("decoder.norm.bias")), "missing: decoder.norm.bias"),
    "unexpected": (damaged(lambda s: s.update({"x.y": torch.zeros(1)})), "unexpected: x.y"),
    "absent": (lambda p: None, "no such file"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_checkpoints(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    write, message = BAD[kind]
    source, models = tmp_path / "official.pth", tmp_path / "models"
    models.mkdir()
    write(source)
    assert main([str(source), "--out", str(models / "official")]) == 2
    assert message in capsys.readouterr().err
    assert list(models.iterdir()) == []
    assert not (tmp_path / "trace").exists()


AXES = ("level_embed", "query_embedding.weight", "dataset_ctx", "backbone.patch_embed.norm.weight")


@pytest.mark.parametrize("name", AXES)
@pytest.mark.parametrize("shape", [(), (0,), (0, 0), (7,), (3, 7), (5, 5, 5)])
def test_no_shape_is_met_unprepared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, shape: tuple[int, ...]
) -> None:
    """Sizes are inferred from these; whatever they are, the message is about the checkpoint."""
    source = tmp_path / "official.pth"
    damaged(lambda s: s.update({name: torch.ones(shape)}))(source)
    assert main([str(source), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_what_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = str(needs(CHECKPOINT))
    (tmp_path / "here").mkdir()
    assert main([source, "--out", str(tmp_path / "here")]) == 2
    assert "exists" in capsys.readouterr().err
    assert main([source, "--out", str(tmp_path / "Not an id")]) == 2
    assert "cannot be a model's id" in capsys.readouterr().err
    for option, value in (("--window", "31"), ("--window", "x"), ("--mpp", "nan"), ("--mpp", "0")):
        with pytest.raises(SystemExit) as stopped:
            main([source, "--out", str(tmp_path / "out"), option, value])
        assert stopped.value.code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_nothing_partial_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def export(_: UniCell, folder: Path, external: bool) -> None:
        (folder / "trunk.onnx").write_bytes(b"half a graph")
        raise KeyboardInterrupt

    monkeypatch.setattr(conversion, "export_graphs", export)
    with pytest.raises(KeyboardInterrupt):
        convert(needs(CHECKPOINT), tmp_path / "out", window=256, mpp=0.15625)
    assert list(tmp_path.iterdir()) == []


LABELS = """
[[datasets]]
id = "mine"
name = "Mine"
classes = ["A", "B", "C"]
categories = [0, 1]
match_radius_um = 2.5
[[datasets]]
id = "monusac"
name = "MoNuSAC"
classes = ["Epithelial", "Lymphocyte", "Macrophage", "Neutrophil"]
categories = [0, 1, 4, 6]
[[datasets]]
id = "ocelot"
name = "OCELOT"
classes = ["Background_Cell", "Tumor_Cell"]
categories = []
[[datasets]]
id = "lizard"
name = "Lizard"
classes = ["Neutrophil", "Epithelial", "Lymphocyte", "Plasma", "Eosinophil", "Connective"]
categories = [0, 1, 2, 3, 4, 5]
"""


def test_labels_name_other_data_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = tmp_path / "labels.toml"
    labels.write_text(LABELS)

    def export(_: UniCell, folder: Path, external: bool) -> None:
        for name in ("trunk.onnx", "dataset.onnx"):
            (folder / name).write_bytes(b"graph")
            if external:
                (folder / f"{name}.data").write_bytes(b"weights")

    monkeypatch.setattr(conversion, "export_graphs", export)
    monkeypatch.setattr(conversion, "check_graphs", lambda *_: None)
    out = tmp_path / "out"
    arguments = [str(needs(CHECKPOINT)), "--out", str(out), "--labels", str(labels)]
    assert main([*arguments, "--external-data"]) == 0
    card = json.loads((out / "card.json").read_text())
    first = card["datasets"][0]
    assert (first["id"], first["classes"]) == ("mine", ["A", "B", "C"])
    assert [dataset["matchRadiusUm"] for dataset in card["datasets"]] == [2.5, 3.0, 3.0, 3.0]
    weights = card["variants"]["fp32"]["dataset"]["externalData"]
    assert (weights["path"], weights["bytes"]) == ("dataset.onnx.data", 7)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('["A", "B", "C"]', '["A", "B"]', "mine has 2 classes in the labels, but 3"),
        ("categories = [0, 1]", "categories = [0, 8]", "there are 8, counted from 0"),
        ('id = "mine"', 'id = "monusac"', "id 'monusac' must be"),
        ("2.5", "nan", "match_radius_um of mine must be positive"),
        ('name = "Mine"\n', "", "['name'] must be given"),
        ("[[datasets]]", "[[datasets", "labels.toml: "),
    ],
)
def test_labels_that_do_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    labels = tmp_path / "labels.toml"
    labels.write_text(LABELS.replace(old, new, 1))
    out = ["--out", str(tmp_path / "out")]
    assert main([str(needs(CHECKPOINT)), *out, "--labels", str(labels)]) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["labels.toml"]
