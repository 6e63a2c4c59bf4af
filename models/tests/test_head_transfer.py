"""Heads of another model: those of known data sets stay, new ones know where nuclei are."""

from dataclasses import replace

import torch
from tiny import tiny_preset
from torch import Tensor

from unicell.guided import GuidedUniCell
from unicell.head_transfer import transferred
from unicell.preset import DatasetConfig, Preset

NUCLEI = DatasetConfig("nuclei", "One", ["Nucleus"], ["*"], ["Tumor"], sources=["one", "two"])
MINE = DatasetConfig("mine", "Mine", ["X", "Y", "Z", "V"], ["x", "y", "z", "v"], ["Stromal"])


def preset_of(*datasets: DatasetConfig) -> Preset:
    tiny = tiny_preset()
    return replace(tiny, datasets=list(datasets), tokens={**tiny.tokens, "Mine": [3347, 269]})


def weights_of(preset: Preset, seed: int) -> dict[str, Tensor]:
    torch.manual_seed(seed)
    state = GuidedUniCell(preset).state_dict()
    return {name: torch.randn_like(value) for name, value in state.items()}


one, two = tiny_preset().datasets
old, new = preset_of(one, two, NUCLEI), preset_of(MINE, two)
given, own = weights_of(old, 1), weights_of(new, 2)
found = {**own, **transferred(given, old, own, new)}


def dense(state: dict[str, Tensor], dataset: int) -> Tensor:
    """(cells, objectness, offsets and classes, inputs)"""
    rows = state["part.dense.weight"][dataset]
    return rows.view(4, -1, rows.shape[-1])


def test_shapes_are_those_of_the_new_model() -> None:
    assert {k: v.shape for k, v in found.items()} == {k: v.shape for k, v in own.items()}


def test_a_known_data_set_keeps_its_head() -> None:
    assert torch.equal(dense(found, 1)[:, :6], dense(given, 1)[:, :6])
    for name in ("part.hidden.weight", "part.refine_points.0.bias"):
        assert torch.equal(found[name][1], given[name][1])
    assert torch.equal(
        found["part.refine_logits.0.weight"][1, :4], given["part.refine_logits.0.weight"][1, :4]
    )
    assert torch.equal(found["part.label_embedding"][1, :3], given["part.label_embedding"][1, :3])


def test_a_new_data_set_finds_as_the_head_of_all_nuclei_and_names_anew() -> None:
    assert torch.equal(dense(found, 0)[:, :3], dense(given, 2)[:, :3])
    assert torch.equal(dense(found, 0)[:, 3:], dense(own, 0)[:, 3:])
    assert torch.equal(found["part.hidden.bias"][0], given["part.hidden.bias"][2])
    assert torch.equal(found["part.label_embedding"][0], own["part.label_embedding"][0])


def test_other_classes_under_the_same_name_begin_anew() -> None:
    renamed = preset_of(replace(two, classes=["C", "E", "D"]))
    state = weights_of(renamed, 3)
    changed = {**state, **transferred(given, old, state, renamed)}
    assert torch.equal(dense(changed, 0)[:, :3], dense(given, 1)[:, :3])
    assert torch.equal(dense(changed, 0)[:, 3:], dense(state, 0)[:, 3:])


def test_words_that_both_know_keep_their_vectors() -> None:
    name = "part.prompt.text.embedding.weight"
    # Tokens of the new: 269, 1237, 3121, 3347, 3796, 22616, start, end.
    kept = [row.tolist() in given[name].tolist() for row in found[name]]
    assert kept == [True, True, True, False, True, True, True, True]


def test_without_a_head_of_all_nuclei_a_new_one_is_new() -> None:
    bare = weights_of(preset_of(one, two), 4)
    changed = transferred(bare, preset_of(one, two), own, new)
    assert torch.equal(changed["part.hidden.weight"][0], own["part.hidden.weight"][0])
