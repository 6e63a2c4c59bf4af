"""A student learns from a teacher's dense maps, also under the label sets of other crops."""

import shutil
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import draw_image, tiny_preset

import unicell
from unicell.dense import DenseMaps
from unicell.distillation import Teacher, distillation_losses
from unicell.guided import GuidedUniCell, normalise
from unicell.preset import Preset
from unicell.sampling import Crops
from unicell.teacher import load_teacher
from unicell.trainer import Trainer

MAPS = ("object", "offset", "class")


def maps(seed: int) -> DenseMaps:
    torch.manual_seed(seed)
    return DenseMaps(torch.randn(1, 64), torch.randn(1, 64, 2), torch.randn(1, 64, 3), 8, 2.0)


def model(preset: Preset, seed: int = 3) -> GuidedUniCell:
    torch.manual_seed(seed)
    return GuidedUniCell(preset).eval()


def test_the_teacher_itself_loses_nothing() -> None:
    losses = distillation_losses(maps(0), maps(0), 3)
    assert all(float(value) < 1e-6 for value in losses.values())
    assert all(float(value) > 0.1 for value in distillation_losses(maps(1), maps(0), 3).values())


def test_every_loss_draws_the_student_nearer() -> None:
    teacher, start = maps(0), maps(1)
    fields = [start.objectness, start.offsets, start.classes]
    student = [field.clone().requires_grad_() for field in fields]
    optimiser = torch.optim.Adam(student, lr=0.05)
    for _ in range(200):
        optimiser.zero_grad()
        losses = distillation_losses(DenseMaps(*student, 8, 2.0), teacher, 3)
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    first = distillation_losses(start, teacher, 3)
    last = distillation_losses(DenseMaps(*student, 8, 2.0), teacher, 3)
    assert all(last[key].item() < 0.1 * first[key].item() for key in first)


def test_padding_of_a_smaller_data_set_costs_nothing() -> None:
    student, teacher = maps(1), maps(0)
    two = replace(teacher, classes=teacher.classes[..., :2])
    padded = replace(student, classes=student.classes + torch.tensor([0.0, 0.0, -1e4]))
    expected = distillation_losses(student, two, 2)["class"]
    torch.testing.assert_close(distillation_losses(padded, two, 2)["class"], expected)
    torch.testing.assert_close(distillation_losses(student, teacher, 2)["class"], expected)


def test_heads_are_their_own_and_another() -> None:
    preset = tiny_preset()
    teacher = Teacher(model(preset), preset, 1.0, across=0.5)
    count = len(preset.datasets)
    for dataset in range(count):
        drawn = [teacher.draw_heads(dataset, 64) for _ in range(40)]
        assert {heads[0] for heads in drawn} == {dataset}
        assert {heads[1] for heads in drawn} == set(range(count)) - {dataset}
    assert Teacher(teacher.model, preset, 1.0).draw_heads(1, 64) == [1]
    alone = replace(preset, datasets=preset.datasets[:1])
    assert Teacher(model(alone), alone, 1.0, across=0.5).draw_heads(0, 64) == [0]


def test_a_teacher_may_know_less() -> None:
    """Crops of a data set that it does not know teach the heads of those that it knows."""
    preset = tiny_preset()
    known = replace(preset, datasets=preset.datasets[1:2])
    teacher = Teacher(model(known), preset, 1.0, across=0.5)
    assert teacher.heads == {1: 0}
    assert teacher.draw_heads(0, 64) == [1]
    assert teacher.draw_heads(1, 64) == [1]
    [guide] = teacher.guides(torch.rand(1, 3, 64, 64) * 2 - 1, [1])
    student = model(preset)
    seen = student.part.first_stage(*student.trunk(torch.zeros(1, 3, 64, 64)), 1)[1]
    losses = teacher.losses(seen, guide, 1, own=False)
    assert all(float(value.detach()) > 0 for value in losses.values())


def test_a_guide_is_what_the_teacher_says_of_these_crops() -> None:
    preset = tiny_preset()
    teacher = Teacher(model(preset), preset, 1.0)
    images = torch.rand(3, 3, 64, 64) * 2 - 1
    first, second = teacher.guides(images, [1, 0])
    finest, coarse = teacher.model.trunk(images)
    for guide, head in ((first, 1), (second, 0)):
        _, expected, _ = teacher.model.part.first_stage(finest, coarse, head)
        torch.testing.assert_close(guide.objectness, expected.objectness)
        assert not guide.objectness.requires_grad


def test_a_teacher_of_other_data_sets_is_refused() -> None:
    preset = tiny_preset()
    renamed = [replace(d, id=f"other-{d.id}") for d in preset.datasets]
    with pytest.raises(ValueError, match=r"the student is to learn \{'other-one'"):
        Teacher(model(preset), replace(preset, datasets=renamed), 1.0)
    first = preset.datasets[0]
    swapped = [replace(first, classes=first.classes[::-1]), *preset.datasets[1:]]
    with pytest.raises(ValueError, match="must have the same classes"):
        Teacher(model(preset), replace(preset, datasets=swapped), 1.0)


def test_a_teacher_guides_a_student_of_other_cells() -> None:
    """Its maps, said by the student's cells, point at the same nuclei with the same classes."""
    preset = tiny_preset()
    finer = replace(preset, model=replace(preset.model, cells=4, window=96))
    teacher, student = Teacher(model(preset), finer, 1.0), model(finer)
    images = torch.rand(2, 3, 64, 64) * 2 - 1
    [guide] = teacher.guides(images, [1])
    seen = student.part.first_stage(*student.trunk(images), 1)[1]
    assert (guide.side, seen.side) == (32, 64)
    said = guide.resampled(seen.side)
    assert (said.side, said.cell_px) == (seen.side, seen.cell_px)
    nearest = torch.cdist(said.centres(), guide.centres()).argmin(1)
    torch.testing.assert_close(
        said.centres() + said.offsets, (guide.centres() + guide.offsets)[:, nearest]
    )
    torch.testing.assert_close(said.classes, guide.classes[:, nearest])
    assert guide.objectness.min() <= said.objectness.min()
    assert said.objectness.max() <= guide.objectness.max()
    losses = teacher.losses(seen, guide, 1, own=True)
    assert all(bool(torch.isfinite(value)) and float(value) > 0 for value in losses.values())


def test_a_teacher_made_for_one_window_sees_smaller_crops_in_a_corner_of_it() -> None:
    preset = tiny_preset()
    older = model(preset)
    older.trunk.shapes = []  # type: ignore[assignment]
    teacher = Teacher(older, preset, 1.0, across=1.0)
    window = preset.model.window
    assert len(teacher.draw_heads(0, window // 2)) == 2
    assert teacher.draw_heads(0, window * 2) == []
    crop = torch.rand(2, 3, window // 2, window // 2) * 2 - 1
    whole = torch.ones(2, 3, window, window)
    whole[..., : window // 2, : window // 2] = crop
    [guide], [expected] = teacher.guides(crop, [1]), teacher.guides(whole, [1])
    side = expected.side
    assert (guide.side, guide.cell_px) == (side // 2, expected.cell_px)
    for row, column in ((0, 0), (3, 5), (side // 2 - 1, side // 2 - 1)):
        here, there = row * guide.side + column, row * side + column
        for name in ("objectness", "offsets", "classes"):
            said, seen = getattr(guide, name)[:, here], getattr(expected, name)[:, there]
            torch.testing.assert_close(said, seen)


def test_the_teacher_sees_crops_as_they_were_scanned(tmp_path: Path) -> None:
    preset = tiny_preset(distill=1.0, stain_jitter=1.0, hue_share=1.0)
    run = Trainer(preset, torch.device("cpu"), tmp_path)
    pictures = [[draw_image(i, len(d.classes))] for i, d in enumerate(preset.datasets)]
    run.prepare(pictures, teacher=model(preset))
    teacher = run.objective.teacher
    assert teacher is not None
    crops = run.banks[0].crops(1, preset.train, np.random.default_rng(0))
    assert crops.plain is not None
    assert not torch.equal(crops.images, crops.plain)

    def lessons(crops: Crops) -> dict[str, torch.Tensor]:
        terms = run.objective(0, crops, decode=False)[1]
        return {name: value for name, value in terms.items() if name.startswith("distill")}

    # Nothing of what the teacher says depends on the colours that the student is shown.
    asked: list[torch.Tensor] = []
    guides = teacher.guides
    teacher.guides = lambda images, heads: asked.append(images) or guides(images, heads)  # type: ignore[method-assign, func-returns-value]
    assert lessons(crops)
    torch.testing.assert_close(asked[0], normalise(crops.plain))
    assert lessons(replace(crops, plain=None)) == {}


def test_code_of_another_version_loads_its_weights(tmp_path: Path) -> None:
    """A copy of this package, under which an attribute was renamed since, is the older one."""
    code = tmp_path / "older"
    shutil.copytree(
        Path(unicell.__file__).parent, code, ignore=shutil.ignore_patterns("__pycache__")
    )
    file = code / "guided.py"
    file.write_text(file.read_text().replace("self.trunk", "self.stem"))
    preset = tiny_preset()
    state = {k.replace("trunk.", "stem."): v for k, v in model(preset).state_dict().items()}
    weights = tmp_path / "weights.pt"
    torch.save({"preset": asdict(preset), "weights": state}, weights)

    with pytest.raises(ValueError, match="--teacher-code takes"):
        load_teacher(weights)
    loaded = load_teacher(weights, code=code)
    assert type(loaded).__module__ == "unicell_of_teacher.guided"
    assert "unicell.guided" in sys.modules
    assert sys.modules["unicell.guided"].GuidedUniCell is GuidedUniCell
    with pytest.raises(ValueError, match="is no package unicell"):
        load_teacher(weights, code=tmp_path)


def test_across_teaches_a_head_on_crops_that_were_not_labelled_for_it(tmp_path: Path) -> None:
    preset = tiny_preset(distill=1.0, distill_across=0.5)
    run = Trainer(preset, torch.device("cpu"), tmp_path)
    pictures = [[draw_image(i, len(d.classes))] for i, d in enumerate(preset.datasets)]
    run.prepare(pictures, teacher=model(preset))
    terms = run.advance()
    expected = {f"{kind}_{key}" for kind in ("distill", "across") for key in MAPS}
    assert expected <= terms.keys()
    assert all(float(terms[name]) > 0 for name in expected)

    # The crops of the first data set alone, without their labels, move the head of the second.
    teacher = run.objective.teacher
    assert teacher is not None
    crops = run.banks[0].crops(1, preset.train, np.random.default_rng(0))
    images = normalise(crops.images)
    [guide] = teacher.guides(images, [1])
    seen = run.model.part.first_stage(*run.model.trunk(images), 1)[1]
    run.model.zero_grad()
    torch.stack(list(teacher.losses(seen, guide, 1, own=False).values())).sum().backward()  # type: ignore[no-untyped-call]
    gradient = run.model.part.dense.weight.grad
    assert gradient is not None
    assert gradient[0].abs().sum() == 0
    assert gradient[1].abs().sum() > 0


def test_a_preset_with_a_teacher_needs_one(tmp_path: Path) -> None:
    run = Trainer(tiny_preset(distill=1.0), torch.device("cpu"), tmp_path)
    pictures = [[draw_image(0, len(d.classes))] for d in run.preset.datasets]
    with pytest.raises(ValueError, match="'tiny' learns from a teacher"):
        run.prepare(pictures)
