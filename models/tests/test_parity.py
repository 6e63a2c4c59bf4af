"""Every recorded stage of the released code, for its checkpoint of a small variant."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from reference import REFERENCE, largest_difference, needs, recorded
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from unicell.model import UniCell
from unicell.official_checkpoint import load_official
from unicell.postprocess import best_pairs, to_pixels
from unicell.prompt_text import OfficialPromptText
from unicell.pyramid import Pyramid

RUN = "small_256_compact.npz"
MEAN = torch.tensor([123.675, 116.28, 103.53])
STD = torch.tensor([58.395, 57.12, 57.375])


@pytest.fixture(scope="module")
def model() -> UniCell:
    return load_official(needs(REFERENCE / "official_small_random.pth"))


@pytest.fixture(scope="module")
def image() -> Tensor:
    rgb = recorded(RUN, "image_rgb").float()
    return ((rgb - MEAN) / STD).permute(2, 0, 1)[None]


@pytest.fixture(scope="module")
def memory(model: UniCell, image: Tensor) -> Pyramid:
    with torch.no_grad():
        return model.encode(image)


def test_input(image: Tensor) -> None:
    crop = image[0, :, 100:116, 100:116]
    assert largest_difference(crop, recorded(RUN, "input_crop")) < 1e-5


def test_backbone_and_neck(model: UniCell, image: Tensor) -> None:
    with torch.no_grad():
        maps = model.backbone(image)
        levels = model.neck(maps)
    for i, step in enumerate((4, 2, 1)):
        crop = maps[i][0, ::4, ::step, ::step]
        assert largest_difference(crop, recorded(RUN, f"backbone{i}")) < 1e-4
    assert largest_difference(levels[0][0, ::8, ::4, ::4], recorded(RUN, "neck0")) < 1e-4
    assert largest_difference(levels[3][0], recorded(RUN, "neck3")) < 1e-4


def test_encoder(memory: Pyramid) -> None:
    stride = int(recorded(RUN, "memory_stride"))
    assert memory.shapes == tuple(map(tuple, recorded(RUN, "spatial_shapes").tolist()))
    assert largest_difference(memory.tokens[0, ::stride], recorded(RUN, "memory_pre")) < 1e-4


def test_category_ids(model: UniCell) -> None:
    assert model.prompt is not None
    assert isinstance(model.prompt.text, OfficialPromptText)
    # The record holds the ids before truncation.
    expected = recorded(RUN, "category_ids").trunc().long()
    assert torch.equal(model.prompt.text.category_ids(), expected)


@pytest.mark.parametrize("dataset", range(4))
def test_prompt(model: UniCell, memory: Pyramid, dataset: int) -> None:
    prompt = model.prompt
    assert prompt is not None
    assert isinstance(prompt.text, OfficialPromptText)
    key = f"ds{dataset}_"
    with torch.no_grad():
        tokens = prompt.text.dataset_tokens(dataset)
        embedding = prompt.text.dataset_embedding(dataset)[0]
        token = prompt.prompt_token(dataset)[0]
        enhanced = model.enhance(memory, dataset).tokens[0, :: int(recorded(RUN, "memory_stride"))]
    assert largest_difference(tokens, recorded(RUN, f"{key}dataset_tokens")) == 0
    expected = recorded(RUN, f"{key}dataset_embedding")
    torch.testing.assert_close(embedding, expected, rtol=1e-5, atol=1e-4)
    assert largest_difference(token, recorded(RUN, f"{key}prompt_token")) < 3e-4
    assert largest_difference(enhanced, recorded(RUN, f"{key}memory_post")) < 3e-4


@pytest.mark.parametrize("dataset", range(4))
def test_query_selection(model: UniCell, memory: Pyramid, dataset: int) -> None:
    key = f"ds{dataset}_"
    with torch.no_grad():
        proposals = model.propose(model.enhance(memory, dataset), dataset)
    expected = recorded(RUN, f"{key}enc_cls_all")
    assert largest_difference(proposals.class_logits[0], expected) < 2e-4
    chosen = proposals.take(recorded(RUN, f"{key}topk_idx")[None])
    reference = chosen.point_logits[0].sigmoid()
    assert largest_difference(reference, recorded(RUN, f"{key}init_reference")) < 1e-4
    # Near ties may swap; the chosen logits may not differ.
    own = proposals.take(proposals.best(900)).class_logits[0].amax(-1)
    assert largest_difference(own, chosen.class_logits[0].amax(-1)) < 2e-4


@pytest.mark.parametrize("dataset", range(4))
def test_decoder(model: UniCell, memory: Pyramid, dataset: int) -> None:
    key = f"ds{dataset}_"
    with torch.no_grad():
        enhanced = model.enhance(memory, dataset)
        chosen = model.propose(enhanced, dataset).take(recorded(RUN, f"{key}topk_idx")[None])
        reference = chosen.point_logits.sigmoid()
        content = model.content_queries(900, 1, dataset)
        states = model.decoder(
            content,
            reference,
            enhanced,
            lambda layer, queries: model.heads.point_offsets(dataset, layer, queries),
        )
        outputs = model.decode(enhanced, dataset, content, reference)
    references = torch.stack(states.references)[:, 0]
    assert largest_difference(references, recorded(RUN, f"{key}references")) < 1e-4
    logits = torch.stack([stage.logits[0] for stage in outputs])
    points = torch.stack([stage.points[0] for stage in outputs])
    assert largest_difference(logits, recorded(RUN, f"{key}logits")) < 1e-3
    assert largest_difference(points, recorded(RUN, f"{key}points")) < 1e-4


@pytest.mark.parametrize("dataset", range(4))
def test_postprocessing(dataset: int) -> None:
    key = f"ds{dataset}_"
    logits = recorded(RUN, f"{key}logits")[-1]
    nuclei = best_pairs(logits, recorded(RUN, f"{key}points")[-1])
    assert largest_difference(nuclei.scores, recorded(RUN, f"{key}pred_scores")) < 1e-6
    assert torch.equal(nuclei.labels, recorded(RUN, f"{key}pred_labels"))
    pixels = to_pixels(nuclei.points, (256, 256))
    assert largest_difference(pixels, recorded(RUN, f"{key}pred_centroids")) < 1e-4


@pytest.mark.parametrize("dataset", range(4))
def test_predictions_as_a_set(model: UniCell, memory: Pyramid, dataset: int) -> None:
    key = f"ds{dataset}_"
    with torch.no_grad():
        outputs = model.detect(memory, dataset)
    nuclei = best_pairs(outputs.logits[0], outputs.points[0])
    pixels = to_pixels(nuclei.points, (256, 256))
    same = nuclei.labels[:, None] == recorded(RUN, f"{key}pred_labels")[None]
    centroids = recorded(RUN, f"{key}pred_centroids")
    distance = torch.cdist(pixels, centroids, compute_mode="donot_use_mm_for_euclid_dist")
    cost = torch.where(same, distance, torch.full_like(distance, 1e6))
    rows, columns = linear_sum_assignment(cost.numpy())
    matched = cost[rows, columns]
    scores = (nuclei.scores[rows] - recorded(RUN, f"{key}pred_scores")[columns]).abs()
    assert matched.max() < 256 * 1e-4
    assert scores.max() < 1e-3


def test_another_mask_is_seen(model: UniCell, memory: Pyramid) -> None:
    """The tolerances above notice the quirks they are there for."""
    config = dataclasses.replace(
        model.config, prompt=dataclasses.replace(model.config.prompt, mask="paper")
    )
    masked = UniCell(config).eval()
    masked.load_state_dict(model.state_dict())
    stride = int(recorded(RUN, "memory_stride"))
    with torch.no_grad():
        tokens = masked.enhance(memory, 0).tokens[0, ::stride]
    assert largest_difference(tokens, recorded(RUN, "ds0_memory_post")) > 0.01
