"""Training runs, resumes exactly, and its result exports."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import draw_image, tiny_preset, write_data

from unicell.data import UNKNOWN_CLASS
from unicell.guided import GuidedUniCell
from unicell.guided_run import borrowed_images, lessons_of
from unicell.preset import TrainConfig, build
from unicell.preset_pictures import images_of
from unicell.run import Run
from unicell.sampling import ImageBank
from unicell.trainer import Trainer, borrowed_shares
from unicell.weights import load_model


def trainer(out: Path, **train: object) -> Trainer:
    preset = tiny_preset(**train)
    run = Trainer(preset, torch.device("cpu"), out)
    pictures = [
        [draw_image(10 * d + i, len(config.classes)) for i in range(3)]
        for d, config in enumerate(preset.datasets)
    ]
    run.prepare(pictures)
    return run


def test_a_resumed_run_ends_as_the_undisturbed_one(tmp_path: Path) -> None:
    whole = trainer(tmp_path / "whole")
    for _ in range(4):
        whole.advance()
    first = trainer(tmp_path / "cut")
    for _ in range(3):
        first.advance()
    first.save()
    second = trainer(tmp_path / "cut")
    assert second.step == 3
    second.advance()
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, second.model.state_dict()[name]), name
    assert all(
        torch.equal(a, b)
        for a, b in zip(
            whole.average.weights.values(), second.average.weights.values(), strict=True
        )
    )


def test_the_checkpoint_is_one_that_runs_under_way_can_read(tmp_path: Path) -> None:
    run = trainer(tmp_path)
    run.save()
    state = torch.load(run.checkpoint, weights_only=True)
    fields = {"step", "seconds", "skipped", "means", "preset", "model", "average", "optimiser"}
    assert set(state) == fields
    assert set(state["preset"]) == {
        "id", "mpp", "datasets", "tokens", "model", "train", "label_shift_um",
    }  # fmt: skip
    assert list(tmp_path.iterdir()) == [run.checkpoint]


def test_a_run_may_be_made_longer_but_not_another(tmp_path: Path) -> None:
    run = trainer(tmp_path)
    run.save()
    with pytest.raises(ValueError, match="other settings"):
        trainer(tmp_path, weight_decay=1.0)
    assert trainer(tmp_path, steps=9).step == run.step


def test_it_learns(tmp_path: Path) -> None:
    run = trainer(tmp_path, steps=40, dense_steps=30, lr=2e-3, stain_jitter=0.2)
    losses = [float(run.advance()["dense_object"]) for _ in range(40)]
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])


def test_weights_load_again(tmp_path: Path) -> None:
    run = trainer(tmp_path)
    run.advance()
    model = load_model(run.write_weights())
    assert model.preset == run.preset
    for name, value in model.state_dict().items():
        torch.testing.assert_close(value, run.average.weights[name], atol=1e-3, rtol=1e-3)


def test_a_run_starts_from_the_checkpoint_of_a_stopped_one(tmp_path: Path) -> None:
    stopped = trainer(tmp_path / "first")
    for _ in range(2):
        stopped.advance()
    stopped.save()
    run = Trainer(tiny_preset(lr=1e-5), torch.device("cpu"), tmp_path / "second")
    pictures = [[draw_image(0, len(d.classes))] for d in run.preset.datasets]
    run.prepare(pictures, init=stopped.checkpoint)
    assert run.step == 0
    for weights in (run.model.state_dict(), run.average.weights):
        assert all(torch.equal(weights[k], v) for k, v in stopped.average.weights.items())


def test_weights_of_another_trunk_are_refused(tmp_path: Path) -> None:
    first = trainer(tmp_path / "first")
    first.save()
    preset = tiny_preset()
    other = replace(preset, model=replace(preset.model, fine_dim=preset.model.fine_dim + 8))
    run = Trainer(other, torch.device("cpu"), tmp_path / "second")
    with pytest.raises(ValueError, match=r"another architecture .* trunk\.lateral"):
        run.prepare([[draw_image(0, 2)], [draw_image(1, 3)]], init=first.checkpoint)


def test_a_trunk_with_a_block_more_begins_as_the_one_without(tmp_path: Path) -> None:
    first = trainer(tmp_path / "first")
    first.save()
    preset = tiny_preset()
    deeper = replace(
        preset, model=replace(preset.model, fusion_blocks=preset.model.fusion_blocks + 1)
    )
    run = Trainer(deeper, torch.device("cpu"), tmp_path / "second")
    run.prepare([[draw_image(0, 2)], [draw_image(1, 3)]], init=first.checkpoint)
    window = torch.rand(1, 3, 64, 64) * 2 - 1
    before, after = (one.model.eval().trunk(window) for one in (first, run))
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(before, after, strict=True))


def test_weights_without_the_way_down_to_stride_8_begin_without_it(tmp_path: Path) -> None:
    first = trainer(tmp_path / "first")
    first.save()
    state = torch.load(first.checkpoint, weights_only=True)
    weights = {k: v for k, v in state["average"].items() if ".descend." not in k}
    torch.save({"preset": state["preset"], "weights": weights}, tmp_path / "before.pt")
    run = Trainer(tiny_preset(), torch.device("cpu"), tmp_path / "second")
    run.prepare([[draw_image(0, 2)], [draw_image(1, 3)]], init=tmp_path / "before.pt")
    assert not run.model.trunk.descend.weight.any()
    kept = run.model.state_dict()
    assert all(torch.equal(kept[name], tensor) for name, tensor in weights.items())


def test_the_backbone_may_come_from_another_model_than_the_rest(tmp_path: Path) -> None:
    preset = tiny_preset()
    preset = replace(preset, model=replace(preset.model, backbone="mobilenet-v2"))
    files = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        weights = GuidedUniCell(preset).state_dict()
        files.append(tmp_path / f"{seed}.pt")
        torch.save({"preset": asdict(preset), "weights": weights}, files[-1])
    first, second = (torch.load(file, weights_only=True)["weights"] for file in files)
    run = Trainer(preset, torch.device("cpu"), tmp_path)
    run.prepare([[draw_image(0, 2)], [draw_image(1, 3)]], backbone=files[1], init=files[0])
    for name, tensor in run.model.state_dict().items():
        source = second if name.startswith("trunk.backbone.") else first
        assert torch.equal(tensor, source[name]), name
    # Of another architecture, what is missing is named.
    torch.save({"weights": {"trunk.backbone.stem.weight": torch.zeros(1)}}, files[1])
    with pytest.raises(ValueError, match=r"lacks \d+ tensors, for instance \['features"):
        run.model.trunk.backbone.load_imagenet(files[1])


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\['stepz'\] are not among the fields"):
        build(TrainConfig, {"stepz": 3}, "here")


def test_a_data_set_learns_from_borrowed_pictures_under_its_own_classes(tmp_path: Path) -> None:
    tiny = tiny_preset(borrow_share=0.4)
    one, two = tiny.datasets
    preset = replace(tiny, datasets=[replace(one, borrowed={"two": [["d", "e"], []]}), two])
    write_data(tmp_path, preset, pictures=2)
    run = Run(out=tmp_path / "out", device=torch.device("cpu"), data=tmp_path)
    lessons, plain = lessons_of(run, preset)
    assert [picture.source for picture in lessons] == ["one", "one", "two", "two"]
    assert [picture.source for picture in plain] == ["two", "two"]
    for borrowed, known in zip(lessons[2:], plain, strict=True):
        # "d" and "e" are "a" here, and nobody says what "c" is.
        told = {0: UNKNOWN_CLASS, 1: 0, 2: 0, UNKNOWN_CLASS: UNKNOWN_CLASS}
        assert borrowed.classes.tolist() == [told[k] for k in known.classes.tolist()]
    val = [images_of(preset, dataset, run.data, "val") for dataset in preset.datasets]
    assert [len(pictures) for pictures in val] == [2, 2]
    assert borrowed_shares(preset.datasets[0], 0.4) == {"two": 0.4}
    bank = ImageBank(lessons, 2, 64, run.device, {"two": 0.4})
    np.testing.assert_allclose(bank.shares, [0.6, 0.4])
    drawn = bank.crops(200, preset.train, np.random.default_rng(1))
    assert drawn.borrowed is not None
    assert 50 < int(drawn.borrowed.sum()) < 110
    assert drawn.own.shape == (200, 1)
    assert (
        ImageBank(plain, 2, 64, run.device)
        .crops(2, preset.train, np.random.default_rng(1))
        .own.all()
    )
    with pytest.raises(OSError, match=r"two/points\.csv"):
        borrowed_images(replace(run, data=tmp_path / "none"), preset, preset.datasets[0])
    with pytest.raises(ValueError, match=r"borrowed\.two must be another folder"):
        replace(one, borrowed={"two": [["d"]]})
