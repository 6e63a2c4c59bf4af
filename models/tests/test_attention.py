from __future__ import annotations

import pytest
import torch

from unicell.attention import MultiHeadAttention


def test_equals_torch_attention() -> None:
    torch.manual_seed(0)
    own, theirs = MultiHeadAttention(32, 4), torch.nn.MultiheadAttention(32, 4, batch_first=True)
    theirs.load_state_dict(own.state_dict())
    query, keys, values = (torch.randn(2, n, 32) for n in (5, 7, 7))
    mask = torch.randn(5, 7)
    expected, _ = theirs(query, keys, values, attn_mask=mask)
    torch.testing.assert_close(own(query, keys, values, mask), expected)


def test_keys_without_batch_serve_the_whole_batch() -> None:
    attention = MultiHeadAttention(16, 2)
    query, keys = torch.randn(3, 4, 16), torch.randn(6, 16)
    once = attention.attend(query, *attention.project_keys(keys))
    each = attention(query, keys.expand(3, -1, -1), keys.expand(3, -1, -1))
    torch.testing.assert_close(once, each)


def test_dims_must_be_a_multiple_of_heads() -> None:
    with pytest.raises(ValueError, match="dims 30 must be a multiple of heads 4"):
        MultiHeadAttention(30, 4)
