"""Converts the authors' published checkpoint to a :class:`UniCell` and back.

Every tensor is accounted for: one that is missing, left over or of another shape is an error that
names it, so a converted model never runs on half of its weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from .checkpoint import CheckpointError, read_checkpoint
from .model import UniCell
from .official import infer_config, name_tokens
from .official_names import to_official, to_ours
from .swin import relative_position_index


def load_official(path: Path, visible: Sequence[Sequence[int]] | None = None) -> UniCell:
    """Reads an official checkpoint and builds the model it belongs to, in evaluation mode.

    Args:
        path: A ``.pth`` file of the authors' code; nothing in it is executed.
        visible: See :func:`unicell.official.infer_config`.

    Raises:
        CheckpointError: the file cannot be read or does not hold exactly such a model.
    """
    return from_official(read_checkpoint(path), visible)


def from_official(
    state: Mapping[str, Tensor], visible: Sequence[Sequence[int]] | None = None
) -> UniCell:
    """Builds a model from tensors by official name; see :func:`load_official`."""
    for buffer in ("dataset_token_suffix", "categories_token_suffix"):
        if buffer not in state or state[buffer].dim() != 2:
            raise CheckpointError(f"not an official UniCell checkpoint: no matrix {buffer!r}")
    config = infer_config(
        {name: tuple(tensor.shape) for name, tensor in state.items()},
        name_tokens(state["dataset_token_suffix"].tolist()),
        name_tokens(state["categories_token_suffix"].tolist()),
        visible,
    )
    with torch.device("meta"):
        model = UniCell(config)
    model.load_state_dict(_our_state(state, model), assign=True)
    return model.eval()


def official_state(model: UniCell) -> dict[str, Tensor]:
    """The tensors of a model with official behaviour, by official name."""
    state: dict[str, Tensor] = {}
    for name, tensor in model.state_dict().items():
        official = to_official(name)
        if official is None:
            raise CheckpointError(f"{name} has no place in an official checkpoint")
        state[official] = tensor
    return state


def _our_state(state: Mapping[str, Tensor], model: UniCell) -> dict[str, Tensor]:
    """Translates names and checks that exactly the model's tensors are there."""
    wanted = model.state_dict()
    index = relative_position_index(model.config.swin.window)
    ours: dict[str, Tensor] = {}
    unexpected: list[str] = []
    problems: list[str] = []
    for name, tensor in state.items():
        own = to_ours(name)
        if own is None or own not in wanted:
            unexpected.append(name)
        elif tensor.shape != wanted[own].shape:
            expected = tuple(wanted[own].shape)
            problems.append(f"{name} has shape {tuple(tensor.shape)}, expected {expected}")
        elif own.endswith("relative_position_index") and not torch.equal(tensor, index):
            problems.append(f"{name} is not that of a window of {model.config.swin.window}")
        elif not tensor.isfinite().all():
            problems.append(f"{name} holds values that are not finite")
        else:
            # Some tensors are views of a larger one.
            ours[own] = torch.empty_like(
                tensor, dtype=wanted[own].dtype, memory_format=torch.contiguous_format
            ).copy_(tensor)
    present = {to_ours(name) for name in state}
    missing = [str(to_official(name)) for name in wanted if name not in present]
    if unexpected:
        problems.append(f"unexpected: {', '.join(unexpected)}")
    if missing:
        problems.append(f"missing: {', '.join(missing)}")
    if problems:
        raise CheckpointError("the checkpoint does not fit: " + "; ".join(problems))
    return ours
