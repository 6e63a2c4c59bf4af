"""Multi-head attention whose keys and values can be computed beforehand."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MultiHeadAttention(nn.Module):
    """``torch.nn.MultiheadAttention`` (batch first, no dropout) in two steps.

    The dynamic prompt module attends to keys that are constant per data set: :meth:`project_keys`
    gives them once, :meth:`attend` uses them for every picture. Parameters have torch's names and
    shapes.

    Args:
        dims: Channels, a multiple of ``heads``.
        heads: Attention heads; logits are scaled by ``(dims / heads) ** -0.5``.
    """

    def __init__(self, dims: int, heads: int) -> None:
        super().__init__()
        if dims % heads:
            raise ValueError(f"dims {dims} must be a multiple of heads {heads}")
        self.dims = dims
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * dims, dims))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * dims))
        self.out_proj = nn.Linear(dims, dims)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.zeros_(self.out_proj.bias)

    def project_keys(self, keys: Tensor, values: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Projects (..., N, C) to the keys and values that :meth:`attend` takes.

        Args:
            keys: What is looked at.
            values: What is read there; ``keys`` when not given.
        """
        d = self.dims
        w, b = self.in_proj_weight, self.in_proj_bias
        k = F.linear(keys, w[d : 2 * d], b[d : 2 * d])
        v = F.linear(keys if values is None else values, w[2 * d :], b[2 * d :])
        return k, v

    def attend(self, query: Tensor, k: Tensor, v: Tensor, bias: Tensor | None = None) -> Tensor:
        """Attends from (B, Q, C) to projected keys.

        Args:
            query: (B, Q, C), before its projection.
            k, v: (B, N, C) or (N, C) for the whole batch, from :meth:`project_keys`.
            bias: Added to the logits, broadcast to (B, heads, Q, N).

        Returns:
            (B, Q, C).
        """
        q = F.linear(query, self.in_proj_weight[: self.dims], self.in_proj_bias[: self.dims])
        batch = q.shape[0]
        if k.dim() == 2:
            k = k.expand(batch, *k.shape)
            v = v.expand(batch, *v.shape)
        if bias is not None:
            bias = bias.to(q.dtype)
        out = F.scaled_dot_product_attention(
            self._split(q), self._split(k.to(q.dtype)), self._split(v.to(q.dtype)), attn_mask=bias
        )
        merged: Tensor = self.out_proj(out.transpose(1, 2).flatten(2))
        return merged

    def forward(
        self, query: Tensor, keys: Tensor, values: Tensor, bias: Tensor | None = None
    ) -> Tensor:
        """Plain attention: :meth:`project_keys`, then :meth:`attend`."""
        return self.attend(query, *self.project_keys(keys, values), bias)

    def _split(self, x: Tensor) -> Tensor:
        """(B, N, C) to (B, heads, N, C / heads)."""
        return x.reshape(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)
