"""A training step of the released code: padded batch, denoising, matching, losses, gradients."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from reference import REFERENCE, arrays, largest_difference, needs, recorded

from unicell.denoising import DenoisingQueries
from unicell.losses import sum_losses, total_losses
from unicell.matching import match
from unicell.model import TrainingOutputs, UniCell
from unicell.official_checkpoint import load_official
from unicell.official_names import to_ours
from unicell.targets import Targets

RUN = "small_train_ds1.npz"
DATASET = 1
QUERIES = 900
LOSSES = {
    "encoder.class": "enc_loss_cls",
    "encoder.point": "enc_loss_centroid",
    "decoder.0.class": "d0.loss_cls",
    "decoder.0.point": "d0.loss_point",
    "decoder.1.class": "d1.loss_cls",
    "decoder.1.point": "d1.loss_point",
    "decoder.2.class": "loss_cls",
    "decoder.2.point": "loss_point",
    "denoising.0.class": "d0.dn_loss_cls",
    "denoising.0.point": "d0.dn_loss_bbox",
    "denoising.1.class": "d1.dn_loss_cls",
    "denoising.1.point": "d1.dn_loss_bbox",
    "denoising.2.class": "dn_loss_cls",
    "denoising.2.point": "dn_loss_bbox",
}


@dataclasses.dataclass(frozen=True)
class Step:
    """Our run of the recorded step."""

    model: UniCell
    targets: list[Targets]
    denoising: DenoisingQueries
    outputs: TrainingOutputs


def padding_mask() -> torch.Tensor:
    padding = torch.ones(2, *recorded(RUN, "input").shape[2:], dtype=torch.bool)
    for i in range(2):
        height, width = recorded(RUN, f"image{i}_rgb").shape[:2]
        padding[i, :height, :width] = False
    return padding


def read_targets() -> list[Targets]:
    targets = []
    for i in range(2):
        height, width = recorded(RUN, f"image{i}_rgb").shape[:2]
        boxes = recorded(RUN, f"gt_bboxes{i}") / torch.tensor([width, height, width, height])
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        sizes = boxes[:, 2:] - boxes[:, :2]
        targets.append(Targets(recorded(RUN, f"gt_labels{i}"), centres, sizes))
    return targets


@pytest.fixture(scope="module")
def step() -> Step:
    needs(REFERENCE / RUN)
    model = load_official(needs(REFERENCE / "official_small_random.pth"))
    targets = read_targets()
    labels = recorded(RUN, "noisy_labels")
    # The record has the noisy places already laid out as queries.
    denoising = dataclasses.replace(
        model.denoising.assemble(targets, DATASET, labels, torch.zeros(len(labels), 2)),
        reference_logits=recorded(RUN, "dn_reference").logit(),
    )
    outputs = model.training_outputs(recorded(RUN, "input"), DATASET, denoising, padding_mask())
    return Step(model, targets, denoising, outputs)


def test_padded_memory(step: Step) -> None:
    with torch.no_grad():
        memory = step.model.encode(recorded(RUN, "input"), padding_mask())
        enhanced = step.model.enhance(memory, DATASET)
    assert memory.padding is not None
    assert torch.equal(memory.padding, recorded(RUN, "feat_mask"))
    assert largest_difference(memory.valid_ratios, recorded(RUN, "valid_ratios")) < 1e-6
    assert largest_difference(memory.tokens, recorded(RUN, "memory_pre")) < 1e-4
    assert largest_difference(enhanced.tokens, recorded(RUN, "memory_post")) < 3e-4


def test_denoising_layout(step: Step) -> None:
    assert step.denoising.count == int(recorded(RUN, "num_denoising_queries"))
    assert step.model.denoising.groups(step.targets) == int(recorded(RUN, "num_denoising_groups"))
    content = step.denoising.content.detach()
    assert largest_difference(content, recorded(RUN, "dn_label_query")) == 0
    side = int(recorded(RUN, "attn_mask_n"))
    bits = np.unpackbits(arrays(RUN)["attn_mask"])[: side * side].reshape(side, side)
    assert torch.equal(step.denoising.blocked(QUERIES), torch.from_numpy(bits.astype(bool)))


def test_recorded_noise_is_within_the_official_range(step: Step) -> None:
    """The places that ours draws and those recorded lie in the same box around the nucleus."""
    torch.manual_seed(0)
    drawn = step.model.denoising(step.targets, DATASET)
    places = [recorded(RUN, "dn_reference"), drawn.reference_logits.sigmoid()]
    half = drawn.group_size // 2
    for i, target in enumerate(step.targets):
        count = len(target)
        for place in places:
            grouped = place[i].reshape(-1, 2, half, 2)[:, :, :count]
            away = (grouped - target.points).abs() / target.sizes
            assert away[:, 0].max() < 0.5 + 1e-3
            assert away[:, 1].max() < 1.0 + 1e-3
            # Opposite signs of the two corners bring half of the negatives closer than a quarter.
            assert 0.4 < float((away[:, 1] < 0.25).float().mean()) < 0.6


def test_outputs(step: Step) -> None:
    encoder = step.outputs.encoder
    assert largest_difference(encoder.logits.detach(), recorded(RUN, "enc_topk_score")) < 2e-4
    assert largest_difference(encoder.points.detach(), recorded(RUN, "enc_topk_coord")) < 1e-4
    logits = torch.stack([stage.logits for stage in step.outputs.decoder]).detach()
    points = torch.stack([stage.points for stage in step.outputs.decoder]).detach()
    assert largest_difference(logits, recorded(RUN, "logits")) < 1e-3
    assert largest_difference(points, recorded(RUN, "points")) < 1e-4


def test_assignment(step: Step) -> None:
    stages = [stage.split(step.denoising.count)[1] for stage in step.outputs.decoder]
    stages.append(step.outputs.encoder)
    expected = recorded(RUN, "assigned").reshape(len(stages), 2, QUERIES)
    for stage, assigned in zip(stages, expected, strict=True):
        found = match(stage.logits, stage.points, step.targets, step.model.config.loss)
        for i, target in enumerate(step.targets):
            positive = assigned[i] > 0
            nuclei = assigned[i][positive] - 1
            assert torch.equal(found.positive[i], positive)
            assert torch.equal(found.labels[i][positive], target.labels[nuclei])
            assert torch.equal(found.points[i][positive], target.points[nuclei])


def test_losses_and_gradients(step: Step) -> None:
    terms = total_losses(
        step.outputs.encoder,
        step.outputs.decoder,
        step.denoising,
        step.targets,
        step.model.config.loss,
    )
    names = arrays(RUN)["loss_names"].tolist()
    expected = dict(zip(names, arrays(RUN)["loss_values"].tolist(), strict=True))
    assert set(terms) == set(LOSSES)
    for name, official in LOSSES.items():
        assert float(terms[name].detach()) == pytest.approx(expected[official], rel=1e-5), name
    total = sum_losses(terms)
    assert float(total.detach()) == pytest.approx(expected["loss"], rel=1e-5)

    step.model.zero_grad()
    total.backward()
    parameters = dict(step.model.named_parameters())
    norms = zip(arrays(RUN)["grad_names"], arrays(RUN)["grad_norms"], strict=True)
    for official, norm in norms:
        gradient = parameters[str(to_ours(official))].grad
        if np.isnan(norm):  # recorded where the released code gives no gradient
            assert gradient is None, official
        else:
            own = 0.0 if gradient is None else float(gradient.norm())
            assert own == pytest.approx(norm, rel=1e-3, abs=1e-6), official
