"""Pretrained weights of Swin in the layouts they come in."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from unicell.checkpoint import CheckpointError
from unicell.official_names import to_official
from unicell.swin import Merging, SwinTransformer
from unicell.swin_weights import load_swin

State = dict[str, Tensor]


def swin(merging: Merging = "channel-major", window: int = 4, seed: int = 0) -> SwinTransformer:
    torch.manual_seed(seed)
    model = SwinTransformer(16, (2, 2, 2), (1, 2, 4), window, merging=merging, drop_path=0.0)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return model.eval()


def original(model: SwinTransformer) -> State:
    """A position-major model by the names of the original repository, with what else it holds."""
    state: State = {}
    for name, tensor in model.state_dict().items():
        if name.startswith("norms."):
            continue
        for ours, theirs in (
            ("stages.", "layers."),
            (".attention.", ".attn."),
            (".ffn.0.", ".mlp.fc1."),
            (".ffn.2.", ".mlp.fc2."),
            (".projection.", ".proj."),
        ):
            name = name.replace(ours, theirs)
        state[name] = tensor
    state["layers.0.blocks.1.attn_mask"] = torch.zeros(4, 16, 16)
    state["norm.weight"] = state["norm.bias"] = torch.ones(64)
    state["head.weight"], state["head.bias"] = torch.ones(10, 64), torch.ones(10)
    return state


def mmdetection(model: SwinTransformer) -> State:
    """A channel-major model by the names of mmdetection, inside of a detector."""
    state = {str(to_official(f"backbone.{k}")): v for k, v in model.state_dict().items()}
    return {**state, "neck.convs.0.conv.weight": torch.zeros(1)}


def saved(path: Path, state: State, key: str = "model") -> Path:
    torch.save({key: state, "epoch": 3}, path)
    return path


def same_stages(a: SwinTransformer, b: SwinTransformer) -> bool:
    """Whether they compute the same but for the norms of their outputs, which are no part of it."""
    images = torch.randn(1, 3, 40, 56)
    with torch.no_grad():
        tokens = [model.patch_embed(images) for model in (a, b)]
        for i in range(3):
            outs = [model.stages[i](t) for model, t in zip((a, b), tokens, strict=True)]
            if not torch.allclose(outs[0][0], outs[1][0], atol=1e-5):
                return False
            tokens = [out[1] for out in outs]
    return True


@pytest.mark.parametrize("merging", ["channel-major", "position-major"])
def test_the_original_layout(tmp_path: Path, merging: Merging) -> None:
    trained = swin("position-major")
    model = swin(merging, seed=1)
    norms = model.norms["1"].weight.clone()  # type: ignore[operator, union-attr]
    assert not same_stages(trained, model)
    assert load_swin(model, saved(tmp_path / "a.pth", original(trained))) == []
    assert same_stages(trained, model)
    assert torch.equal(model.norms["1"].weight, norms)  # type: ignore[arg-type]


@pytest.mark.parametrize("merging", ["channel-major", "position-major"])
def test_the_layout_of_mmdetection(tmp_path: Path, merging: Merging) -> None:
    trained = swin("channel-major")
    model = swin(merging, seed=1)
    load_swin(model, saved(tmp_path / "a.pth", mmdetection(trained), "state_dict"))
    assert same_stages(trained, model)
    images = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        for a, b in zip(trained(images), model(images), strict=True):
            torch.testing.assert_close(a, b)


def test_our_own_layout_in_half_precision(tmp_path: Path) -> None:
    trained, model = swin(), swin(seed=1)
    path = tmp_path / "a.pth"
    state = trained.state_dict().items()
    torch.save({k: v.half() if v.is_floating_point() else v for k, v in state}, path)
    load_swin(model, path)
    name = "stages.0.blocks.0.attention.qkv.weight"
    found = model.state_dict()[name]
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, trained.state_dict()[name], atol=1e-3, rtol=1e-3)


def test_tables_of_another_window_are_interpolated(tmp_path: Path) -> None:
    trained, model = swin("position-major", window=3), swin(window=5)
    state = original(trained)
    table = "layers.0.blocks.0.attn.relative_position_bias_table"
    rows = torch.linspace(0, 1, 5)[:, None].expand(5, 5)
    state[table] = rows.reshape(25, 1)
    names = load_swin(model, saved(tmp_path / "a.pth", state))
    assert len(names) == 6
    found = model.state_dict()["stages.0.blocks.0.attention.relative_position_bias_table"]
    grown = found.reshape(9, 9)
    assert grown.std(1).max() < 1e-6
    assert bool((grown[1:, 0] > grown[:-1, 0]).all())
    assert float(grown[4, 0]) == pytest.approx(0.5, abs=1e-6)


def broken(name: str, value: Tensor | None) -> State:
    state = original(swin("position-major"))
    if value is None:
        del state[name]
    else:
        state[name] = value
    return state


QKV = "layers.1.blocks.0.attn.qkv.weight"
TABLE = "layers.0.blocks.1.attn.relative_position_bias_table"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (QKV, None, r"stages.1.blocks.0.attention.qkv.weight is missing"),
        (QKV, torch.zeros(3, 3), r"qkv.weight has shape \(3, 3\), expected \(96, 32\)"),
        (QKV, torch.full((96, 32), torch.nan), r"qkv.weight holds values that are not finite"),
        (TABLE, torch.zeros(49, 3), r"bias_table has shape \(49, 3\), expected \(49, 1\)"),
        (TABLE, torch.zeros(48, 1), r"bias_table has shape \(48, 1\), expected \(49, 1\)"),
        ("absolute_pos_embed", torch.zeros(1), r"absolute_pos_embed is left over"),
        ("layers.3.blocks.0.norm1.weight", torch.zeros(1), r"stages.3.blocks.0.norm1.weight is le"),
    ],
)
def test_what_does_not_fit_is_named(
    tmp_path: Path, name: str, value: Tensor | None, message: str
) -> None:
    path = saved(tmp_path / "a.pth", broken(name, value))
    with pytest.raises(CheckpointError, match=message):
        load_swin(swin(), path)


def test_a_file_that_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    path.write_text("no")
    with pytest.raises(CheckpointError, match=r"a\.pth is truncated or no PyTorch checkpoint"):
        load_swin(swin(), path)
