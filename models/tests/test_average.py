"""Averages of weights."""

from pathlib import Path

import pytest
import torch
from tiny import draw_image, tiny_preset

from unicell.average import average
from unicell.export import trained_by
from unicell.trainer import Trainer
from unicell.weights import load_model


def run(out: Path, **train: object) -> Path:
    trainer = Trainer(tiny_preset(**train), torch.device("cpu"), out)
    trainer.prepare([[draw_image(0, len(d.classes))] for d in trainer.preset.datasets])
    trainer.advance()
    out.mkdir()
    return trainer.write_weights()


def test_it_lies_in_the_middle_and_says_how_it_was_made(tmp_path: Path) -> None:
    paths = [run(tmp_path / str(seed), seed=seed) for seed in (1, 2)]
    made = tmp_path / "weights.pt"
    torch.save(average(paths, "python -m unicell.average A B"), made)
    a, b, mean = (load_model(path) for path in (*paths, made))
    assert mean.preset == b.preset
    for name, value in mean.state_dict().items():
        middle = (a.state_dict()[name] + b.state_dict()[name]) / 2
        torch.testing.assert_close(value, middle, atol=1e-3, rtol=1e-3)
    assert trained_by(mean.preset, made) == "python -m unicell.average A B"


def test_a_checkpoint_gives_its_averaged_weights(tmp_path: Path) -> None:
    trainer = Trainer(tiny_preset(), torch.device("cpu"), tmp_path)
    trainer.prepare([[draw_image(0, len(d.classes))] for d in trainer.preset.datasets])
    trainer.advance()
    trainer.save()
    made = tmp_path / "weights.pt"
    torch.save(average([trainer.checkpoint], "typed"), made)
    found = load_model(made).state_dict()
    for name, expected in trainer.average.weights.items():
        torch.testing.assert_close(found[name].to(expected.dtype), expected, atol=1e-3, rtol=1e-3)


def test_models_that_differ_are_refused(tmp_path: Path) -> None:
    path = run(tmp_path / "one")
    content = torch.load(path, weights_only=True)
    name = max(content["weights"])
    other = tmp_path / "other.pt"
    torch.save({**content, "weights": {**content["weights"], name: torch.zeros(1, 2, 3)}}, other)
    with pytest.raises(ValueError, match=f"differ in '{name}'"):
        average([path, other], "")
    with pytest.raises(ValueError, match="two files or more, or a checkpoint, not 1"):
        average([path], "")
