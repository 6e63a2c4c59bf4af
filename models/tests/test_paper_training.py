"""Runs of the paper's model: they learn, stop, go on as undisturbed ones, and leave a model."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from reference import misc
from tiny import draw_image
from tiny_paper import TILE, tiny_config, tiny_trainer, write_preset, write_tiles

import unicell
from unicell.config import load_config
from unicell.image_batch import join_images
from unicell.losses import sum_losses
from unicell.model import UniCell
from unicell.paper_run import lessons_of, train_paper, with_overrides
from unicell.paper_trainer import PaperTrainer, mixed
from unicell.run import Run, RunError
from unicell.run_log import read_log
from unicell.train import setting, train
from unicell.training_config import TrainingConfig
from unicell.training_image import TrainingImage
from unicell.weights import load_model, load_paper_model

CPU = torch.device("cpu")


def test_the_official_schedule() -> None:
    config = load_config("swin-b").train
    assert config == TrainingConfig()
    for step, rate in misc()["lr_at_iteration"].items():
        assert config.learning_rate(int(step)) == pytest.approx(rate, rel=1e-9), step


def test_a_shorter_run_has_the_same_form() -> None:
    short = replace(TrainingConfig(), steps=1600, warmup_steps=10)
    rates = [short.learning_rate(step) for step in (9, 799, 800, 1199, 1200)]
    assert rates == pytest.approx([1e-4, 1e-4, 1e-5, 1e-5, 1e-6])


def test_it_learns(tmp_path: Path) -> None:
    trainer = tiny_trainer(tmp_path, tmp_path / "run", steps=60, crop_share=0.0)
    losses = [trainer.advance()["loss"] for _ in range(60)]
    assert trainer.skipped == 0
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])
    # Both data sets have had their turn.
    moved = [bool(head.weight.grad is not None) for head in trainer.model.denoising.label_embedding]
    assert moved == [True, True, *moved[2:]]


def test_a_resumed_run_ends_as_the_undisturbed_one(tmp_path: Path) -> None:
    whole = tiny_trainer(tmp_path, tmp_path / "whole", ema=0.9)
    for _ in range(4):
        whole.advance()
    first = tiny_trainer(tmp_path, tmp_path / "cut", ema=0.9)
    for _ in range(2):
        first.advance()
    first.save()
    second = tiny_trainer(tmp_path, tmp_path / "cut", ema=0.9)
    assert second.step == 2
    for _ in range(2):
        second.advance()
    ends = second.model.state_dict()
    assert all(torch.equal(value, ends[name]) for name, value in whole.model.state_dict().items())
    assert all(torch.equal(value, second.weights[name]) for name, value in whole.weights.items())
    # What is left behind is the average.
    name = "query_embedding.weight"
    assert not torch.equal(whole.weights[name], ends[name])


def test_what_may_change_while_a_run_goes_on(tmp_path: Path) -> None:
    run = tiny_trainer(tmp_path, tmp_path / "run")
    run.advance()
    run.save()
    longer = tiny_trainer(tmp_path, tmp_path / "run", steps=9, recompute_backbone=True)
    assert longer.step == 1
    with pytest.raises(ValueError, match=r"other settings.*Only \['steps'"):
        tiny_trainer(tmp_path, tmp_path / "run", weight_decay=1.0)


def test_recomputing_changes_no_gradient(tmp_path: Path) -> None:
    config = tiny_config(tmp_path)
    images = torch.randn(2, 3, 64, 64)
    gradients = []
    for recompute in (False, True):
        torch.manual_seed(0)
        model = UniCell(config).train()
        if recompute:
            model.backbone.recompute_blocks()
        torch.manual_seed(1)  # drop path draws the same blocks both times
        sum(level.square().mean() for level in model.backbone(images)).backward()  # type: ignore[union-attr]
        gradients.append([p.grad for p in model.backbone.parameters()])
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b)


def test_half_precision_gives_nearly_the_same_losses(tmp_path: Path) -> None:
    config = tiny_config(tmp_path)
    torch.manual_seed(0)
    model = UniCell(config).eval()
    image = TrainingImage.of(draw_image(1, 2, TILE)).resized((100, 80))
    batch = join_images(1, [image.rgb], [image.targets()])
    totals = []
    for precision in ("fp32", "bf16"):
        torch.manual_seed(0)
        with mixed(CPU, replace(config.train, precision=precision)), torch.no_grad():
            terms = model.losses(batch.images, 1, batch.targets, batch.padding)
        assert all(term.dtype == torch.float32 for term in terms.values())
        totals.append(float(sum_losses(terms)))
    assert totals[1] == pytest.approx(totals[0], rel=0.03)


@pytest.mark.parametrize("idle_heads", ["drift", "rest"])
def test_heads_of_other_data_sets(tmp_path: Path, idle_heads: str) -> None:
    """In the released code momentum and decay go on in heads that have no picture in the batch."""
    trainer = tiny_trainer(tmp_path, tmp_path / "run", idle_heads=idle_heads, steps=40)
    heads = [head[0].weight for head in trainer.model.heads.classes[:2]]  # type: ignore[index]
    begun = [False, False]
    seen = set()
    for _ in range(12):
        before = [head.detach().clone() for head in heads]
        dataset = trainer.batches._next.result().dataset
        trainer.advance()
        begun[dataset] = True
        other = 1 - dataset
        moves = not torch.equal(before[other], heads[other])
        assert moves == (begun[other] and idle_heads == "drift")
        seen.add((dataset, begun[other]))
    assert (0, True) in seen or (1, True) in seen


def test_a_step_that_is_not_finite_is_skipped(tmp_path: Path) -> None:
    trainer = tiny_trainer(tmp_path, tmp_path / "run")
    before = copy.deepcopy(trainer.model.state_dict())
    with torch.no_grad():
        trainer.model.encoder.level_embed[0] = torch.nan
    trainer.advance()
    assert (trainer.step, trainer.skipped) == (1, 1)
    after = trainer.model.state_dict()
    assert all(torch.equal(v, after[k]) for k, v in before.items() if k != "encoder.level_embed")


def run_in(folder: Path, **options: object) -> Run:
    return Run(
        out=folder / "run",
        device=CPU,
        data=folder / "tiles",
        log_every=1,
        command="python -m unicell.train typed",
        **options,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that was stopped after its first step and went on."""
    folder = tmp_path_factory.mktemp("finished")
    write_tiles(folder / "tiles", splits=("train", "val"))
    preset = str(write_preset(folder))
    assert train(preset, run_in(folder, stop_after=1e-9)) is None
    assert not (folder / "run" / "weights.pt").exists()
    assert train(preset, run_in(folder)) == folder / "run" / "weights.pt"
    return folder


def test_the_log_of_a_run(finished: Path) -> None:
    log = read_log(finished / "run" / "log.json")
    assert log.config["train"]["steps"] == 4
    assert {k: v["pictures"] for k, v in log.data["consep"].items()} == {"train": 4, "val": 4}
    assert log.data["ocelot"]["train"]["nuclei"] > 10
    choice = log.val["consep"]["decoder"]
    assert (choice["threshold"], len(choice["classes"])) == (0.5, 3)
    assert 0 <= choice["fd"] <= 1
    assert log.best("ocelot")["exit"] == "decoder"
    assert json.loads((finished / "run" / "val.json").read_text()) == log.val
    files = {path.name for path in (finished / "run").iterdir()}
    assert files == {"checkpoint.pt", "weights.pt", "log.json", "val.json"}


def test_a_finished_run_is_not_trained_again(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(str(finished / "tiny-paper.toml"), run_in(finished)) is not None
    assert "holds a finished run" in capsys.readouterr().out


def test_the_weights_load_again(finished: Path) -> None:
    path = finished / "run" / "weights.pt"
    model = load_paper_model(path)
    assert model is not None
    assert model.config == load_config(finished / "tiny-paper.toml")
    checkpoint = torch.load(finished / "run" / "checkpoint.pt", weights_only=True)
    for name, value in model.state_dict().items():
        assert torch.equal(value, checkpoint["model"][name])
    with pytest.raises(ValueError, match=r"of the paper's model: `python -m unicell.convert`"):
        load_model(path)


def test_another_run_starts_from_the_weights(finished: Path, tmp_path: Path) -> None:
    weights = finished / "run" / "weights.pt"
    config = tiny_config(tmp_path, lr=1e-4)
    # Another data set: its heads begin anew.
    pannuke = replace(config.datasets[0], id="x", classes=("A", "B", "C", "D"), labels=())
    other = replace(config, datasets=(pannuke, config.datasets[1]))
    trainer = PaperTrainer(other, CPU, tmp_path / "run")
    files = lessons_of(run_in(finished), config)
    trainer.prepare(files, init=weights)
    given = torch.load(weights, weights_only=True)["weights"]
    for name, value in trainer.model.state_dict().items():
        if value.shape == given[name].shape:
            assert torch.equal(value, given[name]), name
    wider = replace(config, neck=replace(config.neck, dims=64))
    with pytest.raises(ValueError, match=r"another architecture.*neck\.convs"):
        PaperTrainer(wider, CPU, tmp_path / "wide").prepare(files, init=weights)
    (tmp_path / "no.pt").write_text("no")
    with pytest.raises(ValueError, match=r"no weights.pt or checkpoint.pt"):
        PaperTrainer(config, CPU, tmp_path / "no").prepare(files, init=tmp_path / "no.pt")


def test_one_command_makes_a_model_of_it(finished: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    from unicell.convert import main

    weights = str(finished / "run" / "weights.pt")
    out = tmp_path / "tiny-paper"
    assert main([weights, "--out", str(out), "--mask", "paper"]) == 2
    assert main([weights, "--out", str(out), "--window", "96", "--mpp", "0.25"]) == 0
    card = json.loads((out / "card.json").read_text())
    assert [d["classes"] for d in card["datasets"]] == [
        ["Inflammatory", "Epithelial", "Spindle-shaped"],
        ["Background_Cell", "Tumor_Cell"],
    ]
    assert card["training"] == {
        "data": ["CoNSeP", "OCELOT"],
        "command": "python -m unicell.train typed",
    }
    assert card["version"].startswith("tiny-paper-")
    assert card["licence"]["id"] == "LicenseRef-UniCell-Trained"
    assert "trained on: CoNSeP, OCELOT." in (out / "LICENSE").read_text()


def test_what_cannot_be_trained_is_named(tmp_path: Path) -> None:
    preset = str(write_preset(tmp_path))
    tiles = write_tiles(tmp_path / "tiles")
    with pytest.raises(RunError, match=r"knows no --lessons"):
        train_paper(preset, run_in(tmp_path, lessons=tmp_path))
    with pytest.raises(RunError, match=r"train: \['stepz'\] are not among"):
        train_paper(preset, run_in(tmp_path, overrides={"stepz": 3}))
    with pytest.raises(RunError, match=r"train\.precision: got 'fp8', expected one of"):
        train_paper(preset, run_in(tmp_path, overrides={"precision": "fp8"}))
    with pytest.raises(RunError, match=r"preset 'swin-x' is not one of"):
        train("swin-x", run_in(tmp_path))
    missing = r"no pictures of \['monusac', 'lizard'\].*only = \['consep', 'ocelot'\]"
    with pytest.raises(RunError, match=missing):
        train("swin-b", run_in(tmp_path))
    with pytest.raises(RunError, match=r"none\.pth: no such file"):
        train_paper(preset, run_in(tmp_path, backbone=tmp_path / "none.pth"))
    (tiles / "ocelot" / "train" / "images" / "1.png").write_bytes(b"no picture")
    with pytest.raises(RunError, match=r"cannot identify image file .*1\.png"):
        train_paper(preset, run_in(tmp_path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "steps: got 0, must be more than 0"),
        ({"decay_at": [0.5, 2]}, r"decay_at\[1\]: got 2.0, must be a share"),
        ({"short_sides": []}, "must not be empty"),
        ({"short_sides": [0]}, r"short_sides\[0\]: got 0"),
    ],
)
def test_settings_that_make_no_sense(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        with_overrides(load_config("swin-b"), change)


def test_settings_are_json_or_a_word() -> None:
    assert setting("precision=bf16") == ("precision", "bf16")
    assert setting('splits=["train"]') == ("splits", ["train"])
    with pytest.raises(ValueError, match="expected FIELD=VALUE"):
        setting("steps")


def under_torchrun(*command: str) -> str:
    """What two processes print that ``torchrun`` starts."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    package = Path(unicell.__file__).parents[1]
    paths = os.pathsep.join([str(package), str(Path(__file__).parent)])
    # Without a compiler in sight nobody waits for kernels that two steps do not need.
    tools = {"PATH": str(Path(sys.executable).parent), "OMP_NUM_THREADS": "1"}
    environment = os.environ | tools | {"PYTHONPATH": paths}
    done = subprocess.run(
        [*launcher, *command], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


TWO_TRAINERS = """
import sys
from pathlib import Path
import torch
from torch import distributed
from tiny_paper import tiny_trainer
from unicell import processes

folder = Path(sys.argv[1])
processes.join(torch.device("cpu"))
rank = processes.rank()
assert float(processes.mean(torch.tensor(float(rank)))) == 0.5
assert processes.any_of(rank == 1, torch.device("cpu"))
trainer = tiny_trainer(folder, folder / "run")
seen = []
for _ in range(4):
    seen.append(trainer.batches._next.result().images.sum())
    trainer.advance()
flat = torch.cat([p.detach().flatten() for p in trainer.model.parameters()])
for mine, same in ((flat, True), (torch.stack(seen), False)):
    others = [torch.zeros_like(mine) for _ in range(2)]
    distributed.all_gather(others, mine)
    assert torch.equal(*others) == same
del trainer
processes.leave()
# A thread of the group that drops a tensor while the interpreter ends would abort the process.
threads = [task.read_text() for task in Path("/proc/self/task").glob("*/comm")]
assert not any("gloo" in name for name in threads), threads
print("agreed", flush=True)
"""


def test_two_processes_have_one_model_and_pictures_of_their_own(tmp_path: Path) -> None:
    write_tiles(tmp_path / "tiles", count=6)
    script = tmp_path / "two_trainers.py"
    script.write_text(TWO_TRAINERS)
    assert under_torchrun(str(script), str(tmp_path)).count("agreed") == 2


def test_of_two_processes_the_first_writes(tmp_path: Path) -> None:
    write_tiles(tmp_path / "tiles")
    command = ["-m", "unicell.train", "--preset", str(write_preset(tmp_path)), "--device", "cpu"]
    command += ["--data", str(tmp_path / "tiles"), "--out", str(tmp_path / "run")]
    printed = under_torchrun(*command, "--steps", "2", "--log-every", "1")
    assert printed.count("step 2/2") == 1
    assert printed.count("wrote") == 1
    assert load_paper_model(tmp_path / "run" / "weights.pt") is not None
