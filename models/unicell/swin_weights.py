"""ImageNet weights of Swin Transformer for the backbone (UniCell spec section 3).

Three layouts are read: that of the original repository (``layers.0.blocks.0.attn.qkv.weight``,
patches merged position by position), that of mmdetection (``stages.0.blocks.0.attn.w_msa...``,
channel by channel), also inside of a detector (``backbone. ...``), and our own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isqrt
from pathlib import Path

from torch import Tensor
from torch.nn import functional as F

from .checkpoint import CheckpointError, read_checkpoint
from .official_names import to_ours
from .swin import Merging, PatchMerging, SwinTransformer

_PREFIX = "backbone."
_MOST_LISTED = 20

# From the original repository to mmdetection.
_RENAMED = (
    (r"^layers\.", "stages."),
    (r"\.attn\.", ".attn.w_msa."),
    (r"\.mlp\.fc1\.", ".ffn.layers.0.0."),
    (r"\.mlp\.fc2\.", ".ffn.layers.1."),
    (r"^patch_embed\.proj\.", "patch_embed.projection."),
)

# Of the classifier, or computed: shift masks and indices of positions.
_NOT_NEEDED = re.compile(r"(head|norm|avgpool)\.|.*\.(attn_mask|relative_position_index)$")

_TABLE = "relative_position_bias_table"


def load_swin(backbone: SwinTransformer, path: Path) -> list[str]:
    """Load pretrained weights.

    The norms of the outputs are not part of them and may be missing. Position tables of another
    window are interpolated, as Swin's authors do it.

    Returns:
        What was interpolated, by name.

    Raises:
        CheckpointError: a file that cannot be read or is of another Swin; tensors that are missing,
            left over, of another shape or not finite are named.
    """
    given = _our_names(read_checkpoint(path), backbone)
    wanted = {k: v for k, v in backbone.state_dict().items() if not _NOT_NEEDED.match(k)}
    interpolated = []
    problems = []
    for name, tensor in given.items():
        own = wanted.get(name)
        if own is None:
            problems.append(f"{name} is left over")
            continue
        if name.endswith(_TABLE) and tensor.shape != own.shape:
            resized = _resized_table(tensor, own)
            if resized is not None:
                given[name] = tensor = resized
                interpolated.append(name)
        if tensor.shape != own.shape:
            shapes = f"{tuple(tensor.shape)}, expected {tuple(own.shape)}"
            problems.append(f"{name} has shape {shapes}")
        elif not tensor.isfinite().all():
            problems.append(f"{name} holds values that are not finite")
    missing = [k for k in wanted if k not in given and not k.startswith("norms.")]
    problems = [f"{name} is missing" for name in missing] + problems
    if problems:
        further = len(problems) - _MOST_LISTED
        listed = problems[:_MOST_LISTED] + ([f"and {further} more"] if further > 0 else [])
        raise CheckpointError(
            f"{path} does not fit the preset's [swin] (names as in this project): "
            + "; ".join(listed)
        )
    backbone.load_state_dict({k: v.float() for k, v in given.items()}, strict=False)
    return interpolated


def _our_names(state: Mapping[str, Tensor], backbone: SwinTransformer) -> dict[str, Tensor]:
    """The tensors of a backbone by our names, merged as ``backbone`` merges."""
    if any(name.startswith(_PREFIX) for name in state):
        state = {k.removeprefix(_PREFIX): v for k, v in state.items() if k.startswith(_PREFIX)}
    original = any(name.startswith("layers.") for name in state)
    ours = any(".attention." in name for name in state)
    merging = next((m.order for m in backbone.modules() if isinstance(m, PatchMerging)), None)
    stored: Merging | None = "position-major" if original else "channel-major"
    named: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if _NOT_NEEDED.match(name):
            continue
        if original:
            for pattern, replacement in _RENAMED:
                name = re.sub(pattern, replacement, name)
        own = name if ours else (to_ours(_PREFIX + name) or name).removeprefix(_PREFIX)
        if ".downsample." in own and not ours and merging not in (None, stored):
            tensor = _reordered(tensor, merging)
        named[own] = tensor
    return named


def _reordered(tensor: Tensor, merging: Merging | None) -> Tensor:
    """Columns (..., 4 C) of patch merging in another order of the four neighbours' channels.

    Position by position the original walks down the columns, (0, 0), (1, 0), (0, 1), (1, 1);
    channel by channel mmdetection walks along the rows.
    """
    if tensor.shape[-1] % 4:
        return tensor
    swapped = [0, 2, 1, 3]
    if merging == "channel-major":
        blocks = tensor.reshape(*tensor.shape[:-1], 4, -1)[..., swapped, :]
    else:
        blocks = tensor.reshape(*tensor.shape[:-1], -1, 4)[..., swapped]
    return blocks.transpose(-1, -2).flatten(-2).contiguous()


def _resized_table(table: Tensor, own: Tensor) -> Tensor | None:
    """A table ((2 w - 1)^2, heads) for another window; ``None`` where it cannot be one."""
    if table.dim() != 2 or table.shape[1] != own.shape[1]:
        return None
    old, new = isqrt(table.shape[0]), isqrt(own.shape[0])
    if old * old != table.shape[0]:
        return None
    maps = table.float().T.reshape(1, -1, old, old)
    maps = F.interpolate(maps, (new, new), mode="bicubic", align_corners=False)
    return maps.reshape(own.shape[1], -1).T.contiguous()
