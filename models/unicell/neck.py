"""The channel mapper between backbone and encoder (UniCell spec section 4)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


class _MappedLevel(nn.Module):
    """Convolution without bias, then group normalisation, no activation."""

    def __init__(self, inputs: int, dims: int, groups: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, dims, kernel, stride, padding=kernel // 2, bias=False)
        self.gn = nn.GroupNorm(groups, dims, eps=1e-5)
        nn.init.xavier_uniform_(self.conv.weight)

    def forward(self, features: Tensor) -> Tensor:
        out: Tensor = self.gn(self.conv(features))
        return out


class ChannelMapper(nn.Module):
    """Brings backbone maps to one number of channels and adds coarser levels.

    Args:
        in_channels: Channels of the backbone maps, finest first.
        dims: Channels of every output level.
        extra_levels: Levels added below: the first is a 3x3 convolution of stride 2 on the coarsest
            *backbone* map, each further one on the level before it.
        groups: Groups of the normalisation; divides ``dims``.
    """

    def __init__(
        self, in_channels: Sequence[int], dims: int, extra_levels: int = 1, groups: int = 32
    ) -> None:
        super().__init__()
        self.convs = nn.ModuleList(_MappedLevel(c, dims, groups, 1, 1) for c in in_channels)
        self.extra_convs = nn.ModuleList(
            _MappedLevel(in_channels[-1] if i == 0 else dims, dims, groups, 3, 2)
            for i in range(extra_levels)
        )

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Maps (B, C_i, H_i, W_i) per backbone level to (B, dims, H_i, W_i), coarser ones last."""
        levels: list[Tensor] = [conv(m) for conv, m in zip(self.convs, maps, strict=True)]
        coarsest = maps[-1]
        for conv in self.extra_convs:
            coarsest = conv(coarsest)
            levels.append(coarsest)
        return levels
