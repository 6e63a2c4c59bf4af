"""Swin Transformer (Liu et al. 2021) as mmdetection builds it (UniCell spec section 3).

It differs from timm's in what matters for released weights: odd blocks are always shifted, padding
takes part in attention as ordinary keys, and patch merging is channel-major.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

Shift = Literal["always", "larger-maps"]
Merging = Literal["channel-major", "position-major"]

PATCH = 4
"""Side of a patch in pixels."""


class SwinTransformer(nn.Module):
    """The backbone: pictures to maps of strides 4, 8, 16 ...

    Args:
        embed_dims: Channels of the first stage; each further stage doubles them.
        depths, heads: Blocks and attention heads per stage.
        window: Side of an attention window in tokens.
        mlp_ratio: Hidden width of a block's network over its channels.
        drop_path: Share of residuals dropped in the last block, rising linearly from 0.
        shift: ``always`` shifts odd blocks on every map (mmdetection), ``larger-maps`` only where
            the map is larger than a window (original and timm).
        merging: Order of the four neighbours' channels in patch merging: ``channel-major``
            (mmdetection) or ``position-major`` (original and timm).
        first_output: First stage whose map is returned, counted from 0.
    """

    def __init__(
        self,
        embed_dims: int = 128,
        depths: Sequence[int] = (2, 2, 18, 2),
        heads: Sequence[int] = (4, 8, 16, 32),
        window: int = 12,
        mlp_ratio: float = 4.0,
        drop_path: float = 0.2,
        shift: Shift = "always",
        merging: Merging = "channel-major",
        first_output: int = 1,
    ) -> None:
        super().__init__()
        if len(depths) != len(heads):
            raise ValueError(f"{len(depths)} depths, but {len(heads)} numbers of heads")
        self.first_output = first_output
        self.patch_embed = PatchEmbedding(embed_dims)
        widths = [embed_dims * 2**i for i in range(len(depths))]
        blocks = sum(depths)
        rates = [drop_path * i / max(1, blocks - 1) for i in range(blocks)]
        self.stages = nn.ModuleList()
        for i, (depth, count, dims) in enumerate(zip(depths, heads, widths, strict=True)):
            own, rates = rates[:depth], rates[depth:]
            merge = merging if i + 1 < len(depths) else None
            self.stages.append(SwinStage(dims, own, count, window, mlp_ratio, shift, merge))
        self.out_channels = widths[first_output:]
        self.norms = nn.ModuleDict(
            {str(first_output + i): nn.LayerNorm(dims) for i, dims in enumerate(self.out_channels)}
        )
        self.apply(_initialise)

    def recompute_blocks(self) -> None:
        """Gradient checkpointing from now on: a block keeps its input alone for the gradient."""
        for stage in self.stages:
            assert isinstance(stage, SwinStage)
            stage.recompute = True

    def forward(self, images: Tensor) -> list[Tensor]:
        """Normalised pictures (B, 3, H, W) to maps (B, C_i, H_i, W_i), finest first."""
        tokens = self.patch_embed(images)
        maps: list[Tensor] = []
        for i, stage in enumerate(self.stages):
            out, tokens = stage(tokens)
            if i >= self.first_output:
                maps.append(self.norms[str(i)](out).permute(0, 3, 1, 2))
        return maps


class PatchEmbedding(nn.Module):
    """Non-overlapping patches, zero-padded at the right and the bottom."""

    def __init__(self, dims: int) -> None:
        super().__init__()
        self.projection = nn.Conv2d(3, dims, PATCH, PATCH)
        self.norm = nn.LayerNorm(dims)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, ceil(H / 4), ceil(W / 4), C)."""
        # The convolution drops what does not fill a patch.
        images = F.pad(images, (0, PATCH - 1, 0, PATCH - 1))
        tokens: Tensor = self.norm(self.projection(images).permute(0, 2, 3, 1))
        return tokens


class SwinStage(nn.Module):
    """Blocks on one resolution, every second one shifted, then patch merging.

    Args:
        dims: Channels.
        drop_paths: Drop-path rate per block.
        heads, window, mlp_ratio, shift: As for :class:`SwinTransformer`.
        merging: Order of patch merging, or None for the last stage.
    """

    def __init__(
        self,
        dims: int,
        drop_paths: Sequence[float],
        heads: int,
        window: int,
        mlp_ratio: float,
        shift: Shift,
        merging: Merging | None,
    ) -> None:
        super().__init__()
        self.window = window
        self.shift = shift
        self.blocks = nn.ModuleList(
            SwinBlock(dims, heads, window, int(dims * mlp_ratio), rate) for rate in drop_paths
        )
        self.downsample = PatchMerging(dims, merging) if merging else None
        self.recompute = False

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """(B, H, W, C) to the stage's map and, merged, the next stage's tokens."""
        height, width = tokens.shape[1:3]
        shift = self.window // 2
        if self.shift == "larger-maps" and min(height, width) <= self.window:
            shift = 0
        mask = _shift_mask(height, width, self.window, shift, tokens.device) if shift else None
        for i, block in enumerate(self.blocks):
            arguments = (tokens, shift, mask) if i % 2 == 1 else (tokens, 0, None)
            if self.recompute and torch.is_grad_enabled():
                tokens = checkpoint(block, *arguments, use_reentrant=False)
            else:
                tokens = block(*arguments)
        return tokens, tokens if self.downsample is None else self.downsample(tokens)


class SwinBlock(nn.Module):
    """Windowed attention and a two-layer network, both residual."""

    def __init__(self, dims: int, heads: int, window: int, ffn: int, drop_path: float) -> None:
        super().__init__()
        self.window = window
        self.drop_path = drop_path
        self.norm1 = nn.LayerNorm(dims)
        self.attention = WindowAttention(dims, heads, window)
        self.norm2 = nn.LayerNorm(dims)
        self.ffn = nn.Sequential(nn.Linear(dims, ffn), nn.GELU(), nn.Linear(ffn, dims))

    def forward(self, tokens: Tensor, shift: int, mask: Tensor | None) -> Tensor:
        """(B, H, W, C) with windows shifted by ``shift`` tokens; ``mask`` as of the stage."""
        tokens = tokens + self._drop(self._attend(self.norm1(tokens), shift, mask))
        out: Tensor = tokens + self._drop(self.ffn(self.norm2(tokens)))
        return out

    def _attend(self, tokens: Tensor, shift: int, mask: Tensor | None) -> Tensor:
        batch, height, width, dims = tokens.shape
        window = self.window
        rows, columns = _windows_along(height, window), _windows_along(width, window)
        padded = _pad(tokens, window - 1, rows * window, columns * window)
        if shift:
            padded = torch.roll(padded, (-shift, -shift), (1, 2))
        attended = self.attention(_split(padded, rows, columns, window), mask)
        attended = attended.reshape(batch, rows, columns, window, window, dims)
        attended = attended.permute(0, 1, 3, 2, 4, 5)
        attended = attended.reshape(batch, rows * window, columns * window, dims)
        if shift:
            attended = torch.roll(attended, (shift, shift), (1, 2))
        return _crop(attended, height, width)

    def _drop(self, residual: Tensor) -> Tensor:
        """Stochastic depth: drops the residual of whole pictures."""
        if not self.training or self.drop_path == 0.0:
            return residual
        keep = 1.0 - self.drop_path
        kept = torch.rand(residual.shape[0], 1, 1, 1, device=residual.device) < keep
        return residual * (kept.to(residual.dtype) / keep)


class WindowAttention(nn.Module):
    """Multi-head attention within windows, with a learnt bias per relative position."""

    relative_position_index: Tensor

    def __init__(self, dims: int, heads: int, window: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale = (dims // heads) ** -0.5
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)
        self.register_buffer("relative_position_index", relative_position_index(window))
        self.qkv = nn.Linear(dims, 3 * dims)
        self.proj = nn.Linear(dims, dims)

    def forward(self, windows: Tensor, mask: Tensor | None) -> Tensor:
        """Attends within windows.

        Args:
            windows: (B, W, T, C): W windows of T tokens.
            mask: (W, T, T), added to the logits.
        """
        batch, count, tokens, dims = windows.shape
        qkv = self.qkv(windows).reshape(batch, count, tokens, 3, self.heads, dims // self.heads)
        q, k, v = qkv.permute(3, 0, 1, 4, 2, 5).unbind(0)
        bias = self.relative_position_bias_table[self.relative_position_index.flatten()]
        bias = bias.reshape(tokens, tokens, self.heads).permute(2, 0, 1)
        logits = (q * self.scale) @ k.transpose(-2, -1) + bias
        if mask is not None:
            logits = logits + mask[:, None]
        attended = (logits.softmax(-1) @ v).transpose(2, 3).reshape(batch, count, tokens, dims)
        out: Tensor = self.proj(attended)
        return out


class PatchMerging(nn.Module):
    """Joins 2 x 2 tokens and halves the channels they have together."""

    def __init__(self, dims: int, order: Merging) -> None:
        super().__init__()
        self.order = order
        self.norm = nn.LayerNorm(4 * dims)
        self.reduction = nn.Linear(4 * dims, 2 * dims, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, H, W, C) to (B, ceil(H / 2), ceil(W / 2), 2 C)."""
        batch, height, width, dims = tokens.shape
        rows, columns = (height + 1) // 2, (width + 1) // 2
        tokens = _pad(tokens, 1, 2 * rows, 2 * columns)
        pairs = tokens.reshape(batch, rows, 2, columns, 2, dims)
        quarters = [pairs[:, :, i, :, j] for i in (0, 1) for j in (0, 1)]
        if self.order == "channel-major":
            merged = torch.stack(quarters, -1).flatten(-2)
        else:
            # The original walks down the columns: (0,0), (1,0), (0,1), (1,1).
            merged = torch.cat([quarters[i] for i in (0, 2, 1, 3)], -1)
        out: Tensor = self.reduction(self.norm(merged))
        return out


def relative_position_index(window: int) -> Tensor:
    """Row of the bias table for every pair of tokens of a window: (T, T), int64."""
    side = torch.arange(window)
    y, x = torch.meshgrid(side, side, indexing="ij")
    places = torch.stack([y.flatten(), x.flatten()])
    difference = places[:, :, None] - places[:, None, :] + (window - 1)
    return difference[0] * (2 * window - 1) + difference[1]


def _windows_along(length: int, window: int) -> int:
    """How many windows cover a side."""
    # Nothing negative is divided: ONNX rounds towards zero.
    return (length + window - 1) // window


def _pad(tokens: Tensor, most: int, height: int, width: int) -> Tensor:
    """Zero-pads (B, H, W, C) at the right and the bottom to a size at most ``most`` larger.

    The pad is the same for every size, so that an exported graph takes any.
    """
    return _crop(F.pad(tokens, (0, 0, 0, most, 0, most)), height, width)


def _crop(tokens: Tensor, height: int, width: int) -> Tensor:
    """The upper left (B, height, width, C); a slice would make the size of an export uncertain."""
    device = tokens.device
    rows, columns = torch.arange(height, device=device), torch.arange(width, device=device)
    return tokens.index_select(1, rows).index_select(2, columns)


def _split(tokens: Tensor, rows: int, columns: int, window: int) -> Tensor:
    """(B, rows * window, columns * window, C) to (B, rows * columns, window * window, C)."""
    batch, dims = tokens.shape[0], tokens.shape[3]
    cut = tokens.reshape(batch, rows, window, columns, window, dims).permute(0, 1, 3, 2, 4, 5)
    return cut.reshape(batch, rows * columns, window * window, dims)


def _shift_mask(height: int, width: int, window: int, shift: int, device: torch.device) -> Tensor:
    """(windows, T, T): -100 between tokens that only the shift brought into one window."""
    regions = []
    rows, columns = _windows_along(height, window), _windows_along(width, window)
    for size in (rows * window, columns * window):
        place = torch.arange(size, device=device)
        regions.append((place >= size - window).long() + (place >= size - shift).long())
    ids = (regions[0][:, None] * 3 + regions[1])[None, :, :, None]
    tokens = _split(ids, rows, columns, window)[0, :, :, 0]
    return (tokens[:, None, :] != tokens[:, :, None]).float() * -100.0


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
