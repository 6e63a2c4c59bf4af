"""The dense-guided model: sizes, query selection, prediction."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree
from tiny import draw_image, tiny_preset
from torch.utils.flop_counter import FlopCounterMode

from unicell.backbone import BACKBONES, build_backbone
from unicell.dataset_part import FILLER, Memory
from unicell.dense import DenseMaps
from unicell.guided import GuidedUniCell
from unicell.predict import Candidates, predict, suppress
from unicell.preset import load_preset


def test_compact_keeps_the_edge_budget() -> None:
    model = GuidedUniCell(load_preset("compact")).eval()
    assert sum(p.numel() for p in model.parameters()) <= 8e6
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, 3, 256, 256), 0)
    assert counter.get_total_flops() / 2 <= 3e9


@pytest.mark.parametrize("backbone", sorted(BACKBONES))
@pytest.mark.parametrize("scale", [1, 2])
def test_any_backbone_and_window_fits(backbone: str, scale: int) -> None:
    preset = tiny_preset()
    config = replace(preset.model, backbone=backbone, input_scale=scale, encoder_levels=scale)
    model = GuidedUniCell(replace(preset, model=config)).eval()
    for side in (64, 96):
        with torch.no_grad():
            finest, coarse = model.trunk(torch.rand(1, 3, side, side))
            found = model(torch.rand(1, 3, side, side), 1)
        assert finest.shape == (1, config.fine_dim, side // 4, side // 4)
        assert coarse.shape == (1, sum((side // s) ** 2 for s in (8, 16, 32)), config.dim)
        assert found.points.shape == (1, config.queries, 2)


def test_an_unknown_backbone_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"'resnet' is not one of \['efficientnet-lite0'"):
        build_backbone("resnet")


def peaks(model: GuidedUniCell, seed: int) -> DenseMaps:
    """Dense maps with a few clear peaks."""
    generator = torch.Generator().manual_seed(seed)
    side = 64 // 4 * model.part.cells
    objectness = torch.full((1, side * side), -8.0)
    chosen = torch.randperm(side * side, generator=generator)[:20]
    objectness[0, chosen] = torch.rand(20, generator=generator) * 4 - 2
    classes = torch.randn(1, side * side, 3, generator=generator)
    offsets = torch.rand(1, side * side, 2, generator=generator) - 0.5
    return DenseMaps(objectness, offsets, classes, side, model.part.cell_px)


def test_the_result_does_not_depend_on_the_number_of_queries() -> None:
    torch.manual_seed(0)
    model = GuidedUniCell(tiny_preset()).eval()
    for stack in (*model.part.refine_logits, *model.part.refine_points):
        torch.nn.init.normal_(stack.weight, std=0.2)
    memory = Memory(torch.randn(1, 16 * 16, 64), torch.randn(1, 8 * 8 + 4 * 4 + 2 * 2, 32))
    maps = peaks(model, 1)
    results = []
    for count in (40, 200):
        queries, token = model.part.select(maps, count)
        with torch.no_grad():
            refined = model.part.refine(
                queries, model.part.content_of(memory, token, None), memory, 1
            )[-1]
        real = refined.objectness[0] > FILLER / 2
        results.append((refined.objectness[0][real], refined.points[0][real]))
        assert 0 < int(real.sum()) <= 20
    torch.testing.assert_close(results[0], results[1], atol=1e-5, rtol=1e-5)


def test_the_decoder_begins_as_the_dense_stage() -> None:
    model = GuidedUniCell(tiny_preset()).eval()
    image = torch.rand(1, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        model.part.dense.bias.view(2, 4, -1)[..., 0] = 0.0
        dense = model(image, 0, decode=False)
        refined = model(image, 0, decode=True)
    torch.testing.assert_close(dense.joint_logits(), refined.joint_logits())
    torch.testing.assert_close(dense.points, refined.points)


def test_exported_logits_hold_score_and_class_distribution() -> None:
    model = GuidedUniCell(tiny_preset()).eval()
    queries, _ = model.part.select(peaks(model, 2), 10)
    logits = queries.joint_logits()
    torch.testing.assert_close(logits.amax(-1), queries.objectness)
    torch.testing.assert_close(logits.softmax(-1), queries.classes.softmax(-1))


def test_windows_of_a_picture_give_every_candidate_once() -> None:
    torch.manual_seed(3)
    model = GuidedUniCell(tiny_preset()).eval()
    with torch.no_grad():
        model.part.dense.bias.view(2, 4, -1)[..., 0] = 0.0
    picture = draw_image(1, 2, (150, 130))
    found = predict(model, picture, 0, halo=8, batch=3)
    again = predict(model, picture, 0, halo=8, batch=1)
    assert len(found.points) == len(again.points) > 0
    # Two of the same score may change places.
    far, _ = cKDTree(again.points).query(found.points)
    assert far.max() < 1e-3


def test_suppression_keeps_the_best_of_close_candidates() -> None:
    candidates = Candidates(
        np.array([[0, 0], [2, 0], [3.5, 0], [20, 0]], dtype=np.float32),
        np.array([0.5, 0.9, 0.6, 0.1], dtype=np.float32),
        np.zeros((4, 2), dtype=np.float32),
    )
    assert suppress(candidates, 3).points[:, 0].tolist() == [2.0, 20.0]
