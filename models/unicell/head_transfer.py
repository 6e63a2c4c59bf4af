"""Heads for data sets that another model knew, or did not.

Who starts from trained weights keeps what those knew of finding nuclei: a data set that both have
keeps its head; a new one gets the objectness and the offsets of a head that counts every nucleus,
and learns its classes alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from .preset import DatasetConfig, Preset
from .prompt_text import used_tokens

_PLACE_CHANNELS = 3
"""Of a dense cell: objectness and two offsets come before the classes."""


def transferred(
    given: Mapping[str, Tensor], old: Preset, own: Mapping[str, Tensor], new: Preset
) -> dict[str, Tensor]:
    """Tensors of ``own`` that have one row per data set or token, with what ``given`` has for them.

    Args:
        given: Weights of a trained model of the preset ``old``.
        own: Weights of the new model.

    Returns:
        Only tensors that changed, of the shapes in ``own``.
    """
    found = {
        name: own[name].clone()
        for name in own
        if _is_of_heads(name, given) and own[name].shape[2:] == given[name].shape[2:]
    }
    with torch.no_grad():
        for to, dataset in enumerate(new.datasets):
            source, same = _source(dataset, old)
            if source is None:
                continue
            for name, tensor in found.items():
                _copy(name, tensor[to], given[name][source], same, new.model.cells**2)
    name = "part.prompt.text.embedding.weight"
    if name in own and name in given:
        rows = {token: row for row, token in enumerate(_tokens(old))}
        found[name] = own[name].clone()
        for to, token in enumerate(_tokens(new)):
            if token in rows:
                found[name][to] = given[name][rows[token]]
    return found


def _is_of_heads(name: str, given: Mapping[str, Tensor]) -> bool:
    heads = ("part.hidden.", "part.dense.", "part.refine_logits.", "part.refine_points.")
    return name in given and (name.startswith(heads) or name == "part.label_embedding")


def _source(dataset: DatasetConfig, old: Preset) -> tuple[int | None, bool]:
    """Which head of the old model, and whether its classes are the same."""
    for i, known in enumerate(old.datasets):
        if known.id == dataset.id:
            return i, known.classes == dataset.classes
    # The head that takes a nucleus whatever its label.
    counting = [i for i, known in enumerate(old.datasets) if known.labels == ["*"]]
    return (counting[0] if counting else None), False


def _copy(name: str, to: Tensor, source: Tensor, same: bool, cells: int) -> None:
    """One data set's part of a tensor; its classes, too, if they are the same."""
    if name == "part.label_embedding":
        if same:
            most = min(len(to), len(source))
            to[:most] = source[:most]
        return
    if name.startswith("part.dense."):
        to, source = to.view(cells, -1, *to.shape[1:]), source.view(cells, -1, *source.shape[1:])
        most = min(to.shape[1], source.shape[1]) if same else _PLACE_CHANNELS
        to[:, :most] = source[:, :most]
        return
    if name.startswith("part.refine_logits."):
        most = min(len(to), len(source)) if same else 1
        to[:most] = source[:most]
        return
    to.copy_(source)


def _tokens(preset: Preset) -> list[int]:
    names = preset.category_names
    return used_tokens(
        [preset.token_ids(d.name) for d in preset.datasets], [preset.token_ids(n) for n in names]
    )
