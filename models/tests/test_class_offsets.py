"""Offsets of class logits: scored as the score does, and chosen where val and train gain."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import tiny_preset

from unicell.class_offsets import NamedPairs, choose_class_offsets, pairs_of
from unicell.data import UNKNOWN_CLASS, LabelledImage
from unicell.guided import GuidedUniCell
from unicell.predict import Candidates
from unicell.score import Tally

CLASSES = 3


def picture(rng: np.random.Generator) -> tuple[LabelledImage, Candidates]:
    points = rng.uniform(0, 100, (40, 2)).astype(np.float32)
    labels = rng.integers(0, CLASSES, 40)
    labels[:4] = UNKNOWN_CLASS
    rgb = np.zeros((100, 100, 3), np.uint8)
    ignored = np.array([[0.0, 0.0, 20.0, 20.0]], np.float32)
    image = LabelledImage("p", rgb, points, labels, 0.5, "one", ignored)
    near = points[:30] + rng.normal(0, 1, (30, 2))
    places = np.concatenate([near, rng.uniform(0, 100, (12, 2))]).astype(np.float32)
    logits = rng.normal(0, 1, (42, CLASSES)).astype(np.float32)
    logits[np.arange(30), np.maximum(labels[:30], 0)] += 1.5
    return image, Candidates(places, np.ones(42, np.float32), logits)


def biased(seed: int, bias: float = 0.0, pictures: int = 30) -> NamedPairs:
    rng = np.random.default_rng(seed)
    images, found = zip(*(picture(rng) for _ in range(pictures)), strict=True)
    wrong = np.array([bias, 0.0, 0.0], np.float32)
    moved = [replace(one, logits=one.logits + wrong) for one in found]
    return pairs_of(images, moved, CLASSES, 3.0)


@pytest.mark.parametrize("seed", range(5))
def test_the_mean_is_that_of_the_score(seed: int) -> None:
    rng = np.random.default_rng(seed)
    offsets = rng.uniform(-1, 1, CLASSES)
    tally = Tally.empty(CLASSES)
    images, found = zip(*(picture(rng) for _ in range(4)), strict=True)
    for image, candidates in zip(images, found, strict=True):
        true, counted = ~image.ignores(image.points), ~image.ignores(candidates.points)
        names = (candidates.logits[counted] + offsets).argmax(1)
        tally.add(image.points[true], image.classes[true], candidates.points[counted], names, 6.0)
    pairs = pairs_of(images, found, CLASSES, 3.0)
    assert pairs.mean_fc(offsets) == pytest.approx(float(tally.fc.mean()))


def test_a_class_that_is_named_too_often_is_named_less() -> None:
    val, train = biased(1, 1.5), biased(2, 1.5)
    offsets = choose_class_offsets(val, train)
    assert offsets[0] - max(offsets[1:]) <= -0.5
    for pairs in (val, train):
        assert pairs.mean_fc(np.array(offsets)) > pairs.mean_fc(np.zeros(CLASSES)) + 0.01


def test_nothing_is_moved_that_train_would_lose_by_or_where_there_is_no_choice() -> None:
    val, train = biased(1, 1.5), biased(2, -1.5)
    offsets = choose_class_offsets(val, train)
    assert offsets[0] == 0
    for pairs in (val, train):
        assert pairs.mean_fc(np.array(offsets)) >= pairs.mean_fc(np.zeros(CLASSES))
    assert choose_class_offsets(biased(1), pairs_of([], [], CLASSES, 3.0)) == (0.0, 0.0, 0.0)
    alone = replace(biased(1), paired=np.zeros((3, 1)), invented=np.zeros((2, 1)))
    alone = replace(alone, truth=np.zeros(3, np.int64), missed=np.zeros(1, np.int64))
    assert choose_class_offsets(alone, alone) == (0.0,)


def test_the_graph_moves_names_and_leaves_scores() -> None:
    from unicell.calibration import NONE
    from unicell.export import DatasetGraph

    torch.manual_seed(0)
    model = GuidedUniCell(tiny_preset()).eval()
    window = model.preset.model.window
    finest, coarse = model.trunk(torch.rand(1, 3, window, window))
    inputs = (finest, coarse, torch.zeros(1, dtype=torch.int64))
    plain, moved = (
        DatasetGraph(model, ["dense"] * 2, [NONE] * 2, offsets).eval()(*inputs)[0]
        for offsets in ([(), ()], [(0.0, 40.0), ()])
    )
    torch.testing.assert_close(moved.amax(-1), plain.amax(-1))
    assert (moved.argmax(-1) == 1).all()
    assert (plain.argmax(-1) == 0).any()
