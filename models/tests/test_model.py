"""The assembled model in a small size."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch

from unicell.config import (
    DecoderConfig,
    DenoisingConfig,
    EncoderConfig,
    HeadConfig,
    NeckConfig,
    PromptConfig,
    SwinConfig,
    UniCellConfig,
    load_config,
)
from unicell.graphs import level_shapes
from unicell.losses import sum_losses
from unicell.model import UniCell
from unicell.targets import Targets


def config(**prompt: Any) -> UniCellConfig:
    return dataclasses.replace(
        load_config("swin-b"),
        swin=SwinConfig(embed_dims=16, depths=(1, 1, 2), heads=(1, 2, 4), window=4),
        neck=NeckConfig(dims=32, groups=8),
        encoder=EncoderConfig(layers=2, heads=4, points=2, ffn=48),
        prompt=PromptConfig(**{"layers": 1, "heads": 4, "ffn": 32, "context": 4, **prompt}),
        decoder=DecoderConfig(queries=30, layers=2, heads=4, points=2, ffn=48),
        heads=HeadConfig(structure="official"),
        denoising=DenoisingConfig(queries=20),
    )


def build(**prompt: Any) -> UniCell:
    torch.manual_seed(0)
    model = UniCell(config(**prompt))
    for head in model.heads.points.modules():
        if isinstance(head, torch.nn.Linear):
            torch.nn.init.normal_(head.weight, std=0.05)
    return model


def nuclei(count: int) -> Targets:
    return Targets(torch.randint(2, (count,)), torch.rand(count, 2), torch.full((count, 2), 0.03))


@pytest.mark.parametrize(("height", "width"), [(64, 64), (1, 1), (37, 130)])
@pytest.mark.parametrize("dataset", range(4))
@torch.no_grad()
def test_any_size_and_data_set(height: int, width: int, dataset: int) -> None:
    model = build().eval()
    outputs = model(torch.randn(2, 3, height, width), dataset)
    classes = len(model.config.datasets[dataset].classes)
    assert outputs.logits.shape[2] == classes
    assert outputs.points.shape == (2, outputs.logits.shape[1], 2)
    assert 0 < outputs.logits.shape[1] <= 30
    assert outputs.logits.isfinite().all()
    assert outputs.points.min() >= 0
    assert outputs.points.max() <= 1


@torch.no_grad()
def test_padding_does_not_change_what_is_proposed() -> None:
    """The padding of a picture is no place for a nucleus, and centres refer to the picture."""
    model = build().eval()
    padded = torch.zeros(1, 3, 128, 128)
    padded[:, :, :64, :96] = torch.randn(1, 3, 64, 96)
    padding = torch.ones(1, 128, 128, dtype=torch.bool)
    padding[:, :64, :96] = False
    memory = model.enhance(model.encode(padded, padding), 0)
    proposals = model.propose(memory, 0)
    assert memory.padding is not None
    assert proposals.point_logits[memory.padding].isinf().all()
    centres = memory.cell_centres()[0, : 16 * 16].reshape(16, 16, 2)
    torch.testing.assert_close(centres[7, 11], torch.tensor([11.5 / 12, 7.5 / 8]))


@torch.no_grad()
def test_a_mask_without_padding_is_no_mask() -> None:
    model = build().eval()
    images = torch.randn(2, 3, 64, 96)
    with_mask = model.encode(images, torch.zeros(2, 64, 96, dtype=torch.bool))
    torch.testing.assert_close(with_mask.tokens, model.encode(images).tokens)


@pytest.mark.parametrize("placement", ["feature", "query", "none"])
def test_placement_of_the_prompt(placement: str) -> None:
    model = build(placement=placement).eval()
    with torch.no_grad():
        memory = model.encode(torch.randn(1, 3, 64, 64))
        features = [model.enhance(memory, i).tokens for i in (0, 2)]
        queries = [model.content_queries(5, 1, i) for i in (0, 2)]
    assert torch.equal(*features) == (placement != "feature")
    assert torch.equal(*queries) == (placement != "query")
    assert (model.prompt is None) == (placement == "none")


@pytest.mark.parametrize("placement", ["feature", "query", "none"])
def test_a_training_step_reaches_every_parameter_of_the_data_set(placement: str) -> None:
    model = build(placement=placement).train()
    padding = torch.zeros(2, 64, 96, dtype=torch.bool)
    padding[1, :, 70:] = True
    targets = [nuclei(5), nuclei(0)]
    terms = model.losses(torch.randn(2, 3, 64, 96), 1, targets, padding)
    assert len(terms) == 2 + 2 * 2 * 2
    sum_losses(terms).backward()
    others = tuple(
        f"{table}.{i}."
        for table in ("heads.classes", "heads.points", "denoising.label_embedding")
        for i in (0, 2, 3)
    )
    missing = [
        name
        for name, p in model.named_parameters()
        if p.grad is None and not name.startswith(others)
    ]
    assert missing == []
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)


def test_a_few_steps_learn_one_picture() -> None:
    model = build().train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    images, targets = torch.randn(1, 3, 64, 64), [nuclei(6)]
    losses = []
    for _ in range(15):
        optimiser.zero_grad()
        loss = sum_losses(model.losses(images, 0, targets))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimiser.step()
        losses.append(float(loss.detach()))
    assert sum(losses[-3:]) < 0.8 * sum(losses[:3]), losses


@pytest.mark.parametrize("placement", ["feature", "query", "none"])
@torch.no_grad()
def test_a_frozen_model_finds_the_same(placement: str) -> None:
    model = build(placement=placement).eval()
    frozen = model.frozen()
    memory = model.encode(torch.randn(2, 3, 64, 96))
    most = max(len(dataset.classes) for dataset in model.config.datasets)
    for i, dataset in enumerate(model.config.datasets):
        expected = model.detect(memory, i)
        found = frozen.detect(memory, torch.tensor([i]))
        classes = len(dataset.classes)
        torch.testing.assert_close(found.logits[..., :classes], expected.logits)
        torch.testing.assert_close(found.points, expected.points)
        assert found.logits.shape[-1] == most
        assert (found.logits[..., classes:] < -1e3).all()
    weights = {tensor.data_ptr() for tensor in model.parameters()}
    assert frozen.query_embedding.weight.data_ptr() in weights


@pytest.mark.parametrize(("height", "width"), [(1, 1), (64, 64), (37, 130), (261, 277)])
@torch.no_grad()
def test_level_shapes_are_those_of_the_maps(height: int, width: int) -> None:
    model = build().eval()
    shapes = model.encode(torch.zeros(1, 3, height, width)).shapes
    assert level_shapes(model.config, height, width) == list(shapes)
