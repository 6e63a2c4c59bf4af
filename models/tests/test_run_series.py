"""Series of runs: every row is trained once, logged, and put in a table."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny import draw_image, write_data

from unicell import preset_file
from unicell.experiments import EXPERIMENTS, Series, rows_of, run_missing, spread, table
from unicell.guided_run import train_guided
from unicell.pack import folders_of, pack_folder
from unicell.preset import load_preset
from unicell.preset_pictures import images_of
from unicell.run import Run
from unicell.run_log import describe_images, read_log

ROWS = {
    "joint": ["compact"],
    "the same": ["table2/feature-enhancing"],
    "another": ["table2/query-enhancing"],
}
PRESETS = [preset for group in ROWS.values() for preset in group]


SMALL = """[model]
window = 64
halo = 16
dim = 32
fine_dim = 16
head_dim = 16
encoder_ffn = 32
prompt_ffn = 32
decoder_ffn = 32
queries = 40
train_queries = 40
"""


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Series]:
    """The real presets, with a model small enough for a test."""
    folder = tmp_path_factory.mktemp("series")
    presets = shutil.copytree(preset_file.PRESETS, folder / "presets")
    compact = presets / "compact.toml"
    text = compact.read_text()
    assert "[model]\n" in text
    compact.write_text(re.sub(r"crop = \d+", "crop = 32", text.replace("[model]\n", SMALL)))
    patch = pytest.MonkeyPatch()
    patch.setattr(preset_file, "PRESETS", presets)
    write_data(folder / "data", load_preset("compact"))
    data = folder / "data"
    run = Run(out=folder / "runs", device=torch.device("cpu"), data=data, command="typed")
    yield Series(run, folder / "logs", budget=2, seeds=[0])
    patch.undo()


def test_each_configuration_is_trained_once(series: Series) -> None:
    assert run_missing(series, PRESETS)
    logs = {path.name: read_log(path) for path in series.logs.glob("*.json")}
    # The row of UniCell itself is the joint run.
    assert set(logs) == {"compact-2-seed-0.json", "table2-query-enhancing-2-seed-0.json"}
    joint = logs["compact-2-seed-0.json"]
    assert joint.config["train"]["steps"] == 2
    assert joint.config["train"]["dense_steps"] in (1, 2)
    assert joint.config["train"]["seed"] == 0
    assert joint.seconds > 0
    assert joint.start == {}
    assert joint.command == "typed"
    assert joint.data["consep"]["train"]["pictures"] == 1
    assert set(joint.val["ocelot"]) <= {"decoder", "dense"}
    # The head of all nuclei is scored on the folders that are no data set of their own.
    assert {"monuseg", "tnbc"} <= set(joint.val)
    assert "nuclei" not in joint.val


def test_a_small_copy_serves_presets_that_merge_data_sets(series: Series, tmp_path: Path) -> None:
    preset = load_preset("compact")
    for name in folders_of(preset):
        pack_folder(series.run.data / name, tmp_path / name, ["train", "val"], preset.mpp)
    there, here = (
        [images_of(preset, dataset, data, "val") for dataset in preset.datasets]
        for data in (series.run.data, tmp_path)
    )
    for of_dataset, copies in zip(there, here, strict=True):
        assert [p.source for p in copies] == [p.source for p in of_dataset]
        assert [len(p.points) for p in copies] == [len(p.points) for p in of_dataset]


def test_a_logged_run_is_not_trained_again(series: Series) -> None:
    assert run_missing(series, PRESETS)
    before = sorted(path.stat().st_mtime_ns for path in series.logs.iterdir())
    assert run_missing(series, PRESETS)
    assert sorted(path.stat().st_mtime_ns for path in series.logs.iterdir()) == before


def test_the_table_has_a_column_for_each_dataset(series: Series) -> None:
    assert run_missing(series, PRESETS)
    head, _, joint, same, another = table(series, ROWS).splitlines()
    columns = "consep | monusac | ocelot | brca-m2c | crchisto | pannuke | mean | monuseg"
    assert head.startswith(f"|  | {columns}")
    assert joint.split("|")[2:] == same.split("|")[2:]
    assert another.count(" / ") == joint.count(" / ") >= 9
    other = replace(series, seeds=[7])
    assert "0." not in table(other, ROWS)


def test_runs_on_other_data_are_not_compared(series: Series) -> None:
    assert run_missing(series, PRESETS)
    path = series.logs / "table2-query-enhancing-2-seed-0.json"
    text = path.read_text()
    content = json.loads(text)
    content["data"]["consep"]["val"]["sha256"] = "0" * 64
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="another val split of consep"):
        table(series, ROWS)
    path.write_text(json.dumps({**content, "schema": 2}))
    with pytest.raises(ValueError, match="is not the log of a run"):
        table(series, ROWS)
    path.write_text(text)


def test_every_row_has_presets() -> None:
    for rows in EXPERIMENTS.values():
        for presets in rows.values():
            assert [load_preset(preset).mpp for preset in presets] == [0.5] * len(presets)


def test_the_hash_knows_pixels_and_labels_but_no_order() -> None:
    a, b = draw_image(1, 2), draw_image(2, 2)
    described = describe_images([a, b])
    assert described == describe_images([b, a])
    assert described["nuclei"] == len(a.points) + len(b.points)
    moved = replace(a, points=a.points + 1)
    assert describe_images([moved, b])["sha256"] != described["sha256"]


def test_spread_is_over_seeds() -> None:
    assert spread([0.5]) == "0.500"
    assert spread([0.4, 0.6]) == "0.500 ± 0.141"


def test_rows_are_chosen_by_their_number() -> None:
    assert rows_of("table2", None) == EXPERIMENTS["table2"]
    assert list(rows_of("table2", [2, 1])) == [
        "without the prompt module",
        "without the category bank",
    ]
    with pytest.raises(ValueError, match="table2 has no row 6: give 1 to 5"):
        rows_of("table2", [1, 6])


def test_a_run_that_learns_val_has_no_scores_there(series: Series, tmp_path: Path) -> None:
    overrides = {"steps": 1, "dense_steps": 1, "splits": ["train", "val"]}
    run = replace(series.run, out=tmp_path, overrides=overrides)
    assert train_guided("compact", run) == tmp_path / "weights.pt"
    log = read_log(tmp_path / "log.json")
    assert log.val == {}
    assert log.data.keys() >= {"consep", "nuclei"}
    assert all(set(splits) == {"train"} for splits in log.data.values())
    # One of each split.
    assert log.data["consep"]["train"]["pictures"] == 2
