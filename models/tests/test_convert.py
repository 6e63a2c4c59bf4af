from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
import torch
from reference import REFERENCE, needs
from torch import Tensor

from unicell.checkpoint import CheckpointError, read_checkpoint
from unicell.config import load_config
from unicell.model import UniCell
from unicell.official import infer_config, name_tokens
from unicell.official_checkpoint import from_official, load_official, official_state
from unicell.official_names import to_official, to_ours

OFFICIAL_PARAMETERS = 116_732_660


@functools.cache
def published_shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of the published model's 724 tensors."""
    shapes = {}
    for line in needs(REFERENCE / "state_dict_shapes.txt").read_text().splitlines():
        if not line.startswith("#"):
            name, _, _, shape, _ = line.split("\t")
            sides = shape.strip("() ,").split(",")
            shapes[name] = tuple(int(side) for side in sides if side.strip())
    return shapes


@functools.cache
def small_state() -> dict[str, Tensor]:
    return read_checkpoint(needs(REFERENCE / "official_small_random.pth"))


def test_published_model_has_the_official_tensors() -> None:
    published = load_config("swin-b")
    config = infer_config(
        published_shapes(),
        [dataset.tokens for dataset in published.datasets],
        [category.tokens for category in published.categories],
    )
    assert config.datasets == published.datasets
    assert config.categories == published.categories
    assert config.swin == published.swin
    assert config.encoder == published.encoder
    assert config.decoder == published.decoder
    with torch.device("meta"):
        model = UniCell(config)
    assert sum(p.numel() for p in model.parameters()) == OFFICIAL_PARAMETERS
    state = official_state(model)
    assert len(state) == 724
    assert {name: tuple(t.shape) for name, t in state.items()} == published_shapes()


def test_small_checkpoint_survives_both_ways() -> None:
    state = small_state()
    back = official_state(from_official(state))
    assert set(back) == set(state)
    for name, tensor in state.items():
        assert torch.equal(back[name].to(tensor.dtype), tensor), name


def test_sizes_are_read_from_the_tensors() -> None:
    config = load_official(needs(REFERENCE / "official_small_random.pth")).config
    assert config.swin.depths == (1, 1, 2, 1)
    assert config.swin.heads == (1, 2, 4, 8)
    assert (config.swin.embed_dims, config.swin.window) == (32, 7)
    assert (config.encoder.ffn, config.decoder.ffn, config.decoder.queries) == (256, 256, 900)
    assert [len(dataset.classes) for dataset in config.datasets] == [3, 4, 2, 6]
    assert config.datasets[0].classes[2] == "Spindle-shaped"


def test_names_translate_both_ways() -> None:
    for name in published_shapes():
        ours = to_ours(name)
        assert ours is not None
        assert to_official(ours) == name
    assert to_ours("backbone.head.weight") is None


def without(state: dict[str, Tensor]) -> None:
    del state["decoder.norm.bias"]


def further(state: dict[str, Tensor]) -> None:
    state["bbox_head.extra.weight"] = torch.zeros(1)


def reshaped(state: dict[str, Tensor]) -> None:
    state["memory_trans_fc.weight"] = torch.zeros(256, 255)


def infinite(state: dict[str, Tensor]) -> None:
    state["memory_trans_fc.bias"] = torch.full((256,), float("inf"))


def other_index(state: dict[str, Tensor]) -> None:
    state["backbone.stages.0.blocks.0.attn.w_msa.relative_position_index"] = torch.zeros(
        49, 49
    ).long()


def another_model(state: dict[str, Tensor]) -> None:
    del state["level_embed"]


def no_names(state: dict[str, Tensor]) -> None:
    del state["dataset_token_suffix"]


def other_names(state: dict[str, Tensor]) -> None:
    state["dataset_token_suffix"] = state["dataset_token_suffix"].flip(0) + 1


def fewer_heads(state: dict[str, Tensor]) -> None:
    del state["bbox_head.cls_branches.3.0.weight"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (without, "missing: decoder.norm.bias"),
        (further, "unexpected: bbox_head.extra.weight"),
        (reshaped, r"memory_trans_fc.weight has shape \(256, 255\), expected \(256, 256\)"),
        (infinite, "memory_trans_fc.bias holds values that are not finite"),
        (other_index, "relative_position_index is not that of a window of 7"),
        (another_model, "not an official UniCell checkpoint: no tensor 'level_embed'"),
        (no_names, "no matrix 'dataset_token_suffix'"),
        (other_names, "data set 0 is not one of the published four"),
        (fewer_heads, "4 data sets, but heads for 3"),
    ],
)
def test_what_does_not_fit_is_named(
    damage: Callable[[dict[str, Tensor]], None], message: str
) -> None:
    state = dict(small_state())
    damage(state)
    with pytest.raises(CheckpointError, match=message):
        from_official(state)


def test_own_names_load_with_their_categories_stated() -> None:
    state = dict(small_state())
    other_names(state)
    model = from_official(state, visible=[[0], [1], [2], [0, 7]])
    assert model.config.datasets[3].categories == ("Lymphoctes", "Tumor")
    assert model.config.datasets[0].classes == ("class-0", "class-1", "class-2")
    assert torch.equal(official_state(model)["dataset_token_suffix"], state["dataset_token_suffix"])
    with pytest.raises(CheckpointError, match="visible categories of 1 data sets, not 4"):
        from_official(state, visible=[[0]])


def test_name_tokens_end_at_the_end_token() -> None:
    assert name_tokens([[5.0, 6.0, 49407.0, 0.0]]) == [(5, 6)]
