"""A student learns from what teachers said of whole pictures, also under other label sets."""

import argparse
import json
import shutil
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import draw_image, tiny_preset, write_data

import unicell
from unicell.dataset_part import FILLER, Queries
from unicell.dense import DenseMaps, cell_centres
from unicell.distillation import Distillation, distillation_losses
from unicell.guided import GuidedUniCell, normalise
from unicell.lessons import CELL_PX, NOTHING, LessonHead, Lessons, write_index, write_maps
from unicell.preset import Preset
from unicell.sampling import ImageBank
from unicell.teach import maps_of, part, pictures_of, shared_heads
from unicell.teacher import load_teacher
from unicell.trainer import Trainer

HEADS = [LessonHead("one", ["A", "B"]), LessonHead("two", ["C", "D", "E"])]


def maps(seed: int) -> DenseMaps:
    torch.manual_seed(seed)
    return DenseMaps(torch.randn(1, 64), torch.randn(1, 64, 2), torch.randn(1, 64, 3), 8, 2.0)


def losses(student: DenseMaps, teacher: DenseMaps, classes: int = 3) -> dict[str, torch.Tensor]:
    names = teacher.classes[..., :classes].log_softmax(-1).transpose(1, 2)
    return distillation_losses(student, teacher.objectness, names)


def model(preset: Preset, seed: int = 3) -> GuidedUniCell:
    torch.manual_seed(seed)
    return GuidedUniCell(preset).eval()


def lessons_of(folder: Path, preset: Preset, pictures: int = 1, seed: int = 0) -> Lessons:
    """Lessons of drawn pictures, each with values of its own."""
    heads = [LessonHead(d.id, d.classes) for d in preset.datasets]
    write_index(folder, preset.mpp, heads, ["0" * 64])
    rng = np.random.default_rng(seed)
    for i in range(pictures):
        drawn = draw_image(i, 2)
        rows, columns = (-(-side // 2) for side in drawn.rgb.shape[:2])
        channels = sum(1 + len(head.classes) for head in heads)
        write_maps(folder, "", drawn.name, rng.normal(size=(channels, rows, columns)).astype("f"))
    return Lessons(folder)


def test_the_teacher_itself_loses_nothing() -> None:
    assert all(float(value) < 1e-6 for value in losses(maps(0), maps(0)).values())
    assert all(float(value) > 0.1 for value in losses(maps(1), maps(0)).values())


def test_every_loss_draws_the_student_nearer() -> None:
    teacher, start = maps(0), maps(1)
    fields = [start.objectness, start.classes]
    student = [field.clone().requires_grad_() for field in fields]

    def now() -> dict[str, torch.Tensor]:
        return losses(replace(start, objectness=student[0], classes=student[1]), teacher)

    optimiser = torch.optim.Adam(student, lr=0.05)
    for _ in range(200):
        optimiser.zero_grad()
        torch.stack(list(now().values())).sum().backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    first, last = losses(start, teacher), now()
    assert all(last[key].item() < 0.1 * first[key].item() for key in first)


def test_padding_of_a_smaller_data_set_costs_nothing() -> None:
    student, teacher = maps(1), maps(0)
    padded = replace(student, classes=student.classes + torch.tensor([0.0, 0.0, -1e4]))
    two = replace(student, classes=student.classes[..., :2])
    expected = losses(two, teacher, 2)["class"]
    torch.testing.assert_close(losses(padded, teacher, 2)["class"], expected)


def test_queries_are_named_as_the_teachers_name_their_places(tmp_path: Path) -> None:
    preset = tiny_preset()
    distillation = Distillation(lessons_of(tmp_path, preset), preset, 2.0)
    # On the left half "A", on the right "B"; nuclei everywhere but in the last row.
    left = (torch.arange(16) < 8).float().expand(16, 16)
    said = torch.zeros(1, 7, 16, 16)
    said[0, 0] = 4.0
    said[0, 0, 15] = NOTHING
    said[0, 1], said[0, 2] = (left * 0.98 + 0.01).log(), (0.99 - left * 0.98).log()
    points = torch.tensor([[[4.0, 9.0], [28.0, 9.0], [28.0, 20.0], [4.0, 31.9]]])
    logits = torch.tensor(
        [[[2.0, -2.0, -1e4], [-2.0, 2.0, -1e4], [2.0, -2.0, -1e4], [-2, 2, -1e4]]]
    )

    def loss(used: list[int], objectness: float = 1.0) -> float:
        queries = Queries(torch.full((1, len(used)), objectness), logits[:, used], points[:, used])
        return float(distillation.name_loss(queries, said, 0, 32.0))

    assert loss([0, 1]) < 0.1
    assert loss([0, 1, 2]) > 1
    # Where the teacher sees nothing, or no query is, nothing is learnt.
    assert loss([0, 1, 3]) < 0.1
    assert loss([2], FILLER) == 0


def test_heads_are_their_own_and_another(tmp_path: Path) -> None:
    preset = tiny_preset()
    lessons = lessons_of(tmp_path, preset)
    both = Distillation(lessons, preset, 1.0, across=0.5)
    torch.manual_seed(0)
    assert {tuple(both.draw_heads(0)) for _ in range(20)} == {(0, 1)}
    assert {tuple(both.draw_heads(1)) for _ in range(20)} == {(1, 0)}
    assert Distillation(lessons, preset, 1.0).draw_heads(1) == [1]
    assert Distillation(lessons, preset, 0.0, across=0.5).draw_heads(1) == [0]


def test_teachers_may_know_less(tmp_path: Path) -> None:
    preset = tiny_preset()
    known = replace(preset, datasets=preset.datasets[:1])
    less = Distillation(lessons_of(tmp_path, known), preset, 1.0, across=0.5)
    assert less.draw_heads(0) == [0]
    assert less.draw_heads(1) == [0]


def test_lessons_of_other_data_sets_or_resolutions_are_refused(tmp_path: Path) -> None:
    preset = tiny_preset()
    lessons = lessons_of(tmp_path, preset)
    renamed = [replace(d, id=f"other-{d.id}") for d in preset.datasets]
    with pytest.raises(ValueError, match=r"the student is to learn \{'other-one'"):
        Distillation(lessons, replace(preset, datasets=renamed), 1.0)
    first = preset.datasets[0]
    swapped = [replace(first, classes=first.classes[::-1]), *preset.datasets[1:]]
    with pytest.raises(ValueError, match="must have the same classes"):
        Distillation(lessons, replace(preset, datasets=swapped), 1.0)
    with pytest.raises(ValueError, match=r"at 0\.5 um per pixel, the student sees 0\.25"):
        Distillation(lessons, replace(preset, mpp=0.25), 1.0)
    index = json.loads((tmp_path / "index.json").read_text())
    (tmp_path / "index.json").write_text(json.dumps(index | {"schema": 2}))
    with pytest.raises(ValueError, match="is not of schema 1"):
        Lessons(tmp_path)


def test_lessons_are_read_where_places_lie(tmp_path: Path) -> None:
    write_index(tmp_path, 0.5, HEADS, [])
    rows, columns = np.mgrid[:20, :30].astype("f")
    write_maps(tmp_path, "one", "a.png", np.stack([columns, rows, *([rows * 0] * 5)]))
    lessons = Lessons(tmp_path)
    assert lessons.channels("two") == slice(3, 7)
    # Every turn, place and size: what is linear over the picture comes back as it is.
    rng = np.random.default_rng(0)
    for _ in range(20):
        angle, scale = rng.uniform(0, 6.3), rng.uniform(0.7, 1.4)
        turn = scale * torch.tensor(
            [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        )
        places = (cell_centres(12, 2.0, torch.device("cpu")).double() - 12) @ turn
        places = (places + torch.tensor(rng.uniform(0, [60, 40]))).view(12, 12, 2)
        found = lessons.at("one", "a.png", places)
        x, y = places.unbind(-1)
        inside = (x >= 1) & (x <= 59) & (y >= 1) & (y <= 39)
        cells = places / CELL_PX - 0.5
        torch.testing.assert_close(
            found[0][inside].double(), cells[..., 0][inside], atol=0.02, rtol=0
        )
        torch.testing.assert_close(
            found[1][inside].double(), cells[..., 1][inside], atol=0.02, rtol=0
        )
        outside = (x < 0) | (x >= 60) | (y < 0) | (y >= 40)
        for head in HEADS:
            assert bool((found[lessons.channels(head.id).start][outside] == NOTHING).all())


def test_what_is_written_is_what_the_teacher_says_of_a_window(tmp_path: Path) -> None:
    preset = tiny_preset()
    teacher = model(preset)
    picture = draw_image(0, 2, size=(64, 64))
    heads = shared_heads([teacher])
    assert heads == HEADS
    said = maps_of([teacher], heads, picture)
    image = torch.from_numpy(picture.rgb).permute(2, 0, 1)[None].float()
    with torch.no_grad():
        finest, coarse = teacher.trunk(normalise(image))
        for head, (start, count) in enumerate(((0, 2), (3, 3))):
            expected = teacher.part.first_stage(finest, coarse, head)[1]
            objectness = expected.objectness.view(32, 32).clamp(min=NOTHING).numpy()
            np.testing.assert_allclose(said[start], objectness, atol=1e-3)
            names = expected.classes[0, :, :count].log_softmax(-1).T.view(count, 32, 32)
            np.testing.assert_allclose(
                said[start + 1 : start + 1 + count], names.clamp(min=np.log(1e-4)), atol=1e-3
            )


def test_teachers_speak_with_one_voice_and_see_mirror_images() -> None:
    preset = tiny_preset()
    teachers = [model(preset, seed) for seed in (3, 4)]
    picture = draw_image(1, 2, size=(91, 101))
    heads = shared_heads(teachers)

    def objectness(said: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        return 1 / (1 + np.exp(-said[0]))

    alone = [objectness(maps_of([teacher], heads, picture)) for teacher in teachers]
    assert alone[0].shape == (46, 51)
    both = objectness(maps_of(teachers, heads, picture))
    np.testing.assert_allclose(both, sum(alone) / 2, atol=1e-3)
    # A mirrored picture is said the mirrored thing of, if all mirror images are seen.
    even = draw_image(1, 2, size=(90, 100))
    over = replace(even, rgb=np.ascontiguousarray(even.rgb[:, ::-1]))
    said, turned = (maps_of(teachers[:1], heads, one, mirrors=4) for one in (even, over))
    np.testing.assert_allclose(turned, said[:, :, ::-1], atol=1e-3)


def test_every_folder_is_asked_about_once(tmp_path: Path) -> None:
    preset = tiny_preset()
    first = replace(preset.datasets[0], borrowed={"two": [["c"], ["d"]]})
    preset = replace(preset, datasets=[first, preset.datasets[1]])
    write_data(tmp_path, preset, pictures=2)
    seen = [(folder, one.name) for folder, one in pictures_of(preset, tmp_path, ["train", "val"])]
    assert len(seen) == len(set(seen)) == 8
    assert {folder for folder, _ in seen} == {"one", "two"}


def test_crops_carry_what_was_said_of_their_picture(tmp_path: Path) -> None:
    preset = tiny_preset(stain_jitter=0.0, degrade=0.0)
    write_index(tmp_path, 0.5, HEADS, [])
    pictures = [draw_image(i, 2) for i in range(3)]
    for picture in pictures:
        # Says "nucleus" where it is dark.
        dark = (picture.rgb.sum(-1) < 480).reshape(45, 2, 50, 2).mean((1, 3)) > 0.5
        said = np.where(dark, 6.0, -6.0).astype("f")
        write_maps(tmp_path, "", picture.name, np.stack([said, *([said * 0] * 6)]))
    bank = ImageBank(pictures, 2, 64, torch.device("cpu"), lessons=Lessons(tmp_path))
    config = replace(preset.train, free_transform=0.5)
    crops = bank.crops(16, config, np.random.default_rng(5))
    assert crops.lessons is not None
    assert crops.lessons.shape == (16, 7, 32, 32)
    told = crops.lessons[:, 0] > 0
    seen = torch.nn.functional.avg_pool2d((crops.images.sum(1) < 480).float(), 2) > 0.5
    assert float((told == seen).float().mean()) > 0.95
    with pytest.raises(ValueError, match=r"says nothing of /9\.png: run python -m unicell\.teach"):
        ImageBank([draw_image(9, 2)], 2, 64, torch.device("cpu"), lessons=Lessons(tmp_path))


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
    run = Trainer(preset, torch.device("cpu"), tmp_path / "run")
    pictures = [[draw_image(i, len(d.classes))] for i, d in enumerate(preset.datasets)]
    run.prepare(pictures, lessons=lessons_of(tmp_path / "lessons", preset, pictures=2))
    terms = run.advance()
    expected = {f"{kind}_{key}" for kind in ("distill", "across") for key in ("object", "class")}
    assert expected <= terms.keys()
    assert all(float(terms[name]) > 0 for name in expected)

    # The decoder's names as well, once it trains.
    run.step = preset.train.dense_steps
    with torch.no_grad():
        run.model.part.dense.bias.view(2, 4, -1)[..., 0] = -1.0
    assert float(run.advance()["distill_class0"]) > 0

    # The crops of the first data set alone, without their labels, move the head of the second.
    distillation = run.objective.distillation
    assert distillation is not None
    crops = run.banks[0].crops(1, preset.train, np.random.default_rng(0))
    assert crops.lessons is not None
    seen = run.model.part.first_stage(*run.model.trunk(normalise(crops.images)), 1)[1]
    run.model.zero_grad()
    told = distillation.losses(seen, crops.lessons, 1, own=False)
    torch.stack(list(told.values())).sum().backward()  # type: ignore[no-untyped-call]
    gradient = run.model.part.dense.weight.grad
    assert gradient is not None
    assert gradient[0].abs().sum() == 0
    assert gradient[1].abs().sum() > 0


def test_a_preset_with_a_teacher_needs_lessons(tmp_path: Path) -> None:
    run = Trainer(tiny_preset(distill=1.0), torch.device("cpu"), tmp_path)
    pictures = [[draw_image(0, len(d.classes))] for d in run.preset.datasets]
    with pytest.raises(ValueError, match="'tiny' learns from teachers"):
        run.prepare(pictures)


def test_lessons_that_nothing_is_learned_from_are_refused(tmp_path: Path) -> None:
    preset = tiny_preset()
    run = Trainer(preset, torch.device("cpu"), tmp_path / "run")
    pictures = [[draw_image(0, len(d.classes))] for d in preset.datasets]
    with pytest.raises(ValueError, match=r"learns nothing from .*--set distill=1\.0"):
        run.prepare(pictures, lessons=lessons_of(tmp_path / "lessons", preset))


def test_what_other_teachers_said_stays_apart(tmp_path: Path) -> None:
    write_index(tmp_path, 0.5, HEADS, ["0" * 64])
    before = (tmp_path / "index.json").read_text()
    write_index(tmp_path, 0.5, HEADS, ["0" * 64])
    with pytest.raises(ValueError, match="holds lessons of other teachers"):
        write_index(tmp_path, 0.5, HEADS, ["1" * 64])
    with pytest.raises(ValueError, match="mirror images"):
        write_index(tmp_path, 0.5, HEADS, ["0" * 64], mirrors=4)
    assert (tmp_path / "index.json").read_text() == before


def test_calls_share_the_pictures() -> None:
    shares = [part(f"{k}/3") for k in (1, 2, 3)]
    taken = [[n for n in range(10) if n % of == k - 1] for k, of in shares]
    assert sorted(n for one in taken for n in one) == list(range(10))
    for text in ("0/2", "3/2", "1", "1/2/3", "-1/2", ""):
        with pytest.raises(argparse.ArgumentTypeError, match="expected K/N"):
            part(text)
