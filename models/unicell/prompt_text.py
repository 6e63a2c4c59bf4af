"""Names of data sets and categories as vectors: what the dynamic prompt module attends to.

A name becomes token ids by CLIP's byte pair encoding of ``"X X ... X name."``, where the 16 X are
placeholders for a learnable context (CoOp; UniCell spec section 7.1). Paper and released code turn
the ids into vectors in different ways (spec section 14.2, 14.3); :class:`PaperPromptText` and
:class:`OfficialPromptText` are the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

START_TOKEN = 49406
END_TOKEN = 49407
VOCABULARY_SIZE = 49408
TEXT_LENGTH = 77
"""Tokens of a CLIP text, padding included; only the released code keeps the padding."""

Vocabulary = Literal["full", "used"]

TokenIds = Sequence[Sequence[int]]
"""Token ids of each name, the closing ``.`` (269) included, start and end token left out."""


def used_tokens(datasets: TokenIds, categories: TokenIds) -> list[int]:
    """The tokens that occur, in the order of the rows of their embedding."""
    return sorted({START_TOKEN, END_TOKEN}.union(*map(set, [*datasets, *categories])))


class PaperPromptText(nn.Module):
    """Token embeddings around learnable context vectors, as the paper describes it.

    The data set prompt is the mean of its tokens through a two-layer network. The memory bank holds
    the tokens of every category one by one, without padding.

    Args:
        datasets: Token ids of the data set names.
        categories: Token ids of the category names.
        dims: Channels of a token.
        context: Number of learnable context vectors; data sets share one set, categories another.
        vocabulary: ``full`` embeds all of CLIP's tokens, ``used`` only those that occur, which
            gives the same function with far fewer parameters.
    """

    def __init__(
        self,
        datasets: TokenIds,
        categories: TokenIds,
        dims: int,
        context: int = 16,
        vocabulary: Vocabulary = "used",
    ) -> None:
        super().__init__()
        used = used_tokens(datasets, categories)
        if used[0] < 0 or used[-1] >= VOCABULARY_SIZE:
            raise ValueError(f"token ids must lie in 0..{VOCABULARY_SIZE - 1}, got {used}")
        rows = {token: i for i, token in enumerate(used)} if vocabulary == "used" else None
        self._dataset_rows = [_rows(ids, rows) for ids in datasets]
        self._category_rows = [_rows(ids, rows) for ids in categories]
        self.embedding = nn.Embedding(len(used) if rows else VOCABULARY_SIZE, dims)
        self.dataset_context = nn.Parameter(torch.empty(context, dims))
        self.category_context = nn.Parameter(torch.empty(context, dims))
        self.dataset_mlp = nn.Sequential(nn.Linear(dims, dims), nn.ReLU(), nn.Linear(dims, dims))
        nn.init.normal_(self.dataset_context, std=0.02)
        nn.init.normal_(self.category_context, std=0.02)

    def dataset_embedding(self, dataset: int) -> Tensor:
        """The prompt of a data set before it has seen the memory bank: (1, C)."""
        tokens = self._text(self._dataset_rows[dataset], self.dataset_context)
        embedded: Tensor = self.dataset_mlp(tokens.mean(0, keepdim=True))
        return embedded

    def memory_bank(self) -> tuple[Tensor, Tensor]:
        """All category tokens (M, C), category by category, and the category of each (M)."""
        texts = [self._text(rows, self.category_context) for rows in self._category_rows]
        owners = [i for i, text in enumerate(texts) for _ in range(text.shape[0])]
        bank = torch.cat(texts)
        return bank, torch.tensor(owners, device=bank.device)

    def _text(self, rows: list[int], context: Tensor) -> Tensor:
        tokens: Tensor = self.embedding(torch.tensor(rows, device=context.device))
        return torch.cat([tokens[:1], context, tokens[1:]])


class OfficialPromptText(nn.Module):
    """What the released code does (spec sections 7.2 and 7.3), quirks included.

    The prompt of a data set is a network over its raw token ids as floats. A category's 77 ids, 16
    context scalars among them, are truncated to integers and embedded: the context thus gets no
    gradient, and freshly initialised it always means token 0.

    Args:
        datasets, categories, dims, context: As for :class:`PaperPromptText`.
        text_length: Tokens per name, context and padding included.
    """

    dataset_token_prefix: Tensor
    dataset_token_suffix: Tensor
    categories_token_prefix: Tensor
    categories_token_suffix: Tensor

    def __init__(
        self,
        datasets: TokenIds,
        categories: TokenIds,
        dims: int,
        context: int = 16,
        text_length: int = TEXT_LENGTH,
    ) -> None:
        super().__init__()
        suffix = text_length - 1 - context
        self.dataset_ctx = nn.Parameter(torch.empty(context))
        self.category_ctx = nn.Parameter(torch.empty(context))
        nn.init.normal_(self.dataset_ctx, std=0.02)
        nn.init.normal_(self.category_ctx, std=0.02)
        for name, ids in (("dataset", datasets), ("categories", categories)):
            start = torch.full((len(ids), 1), float(START_TOKEN))
            self.register_buffer(f"{name}_token_prefix", start)
            self.register_buffer(f"{name}_token_suffix", _padded(ids, suffix))
        self.dataset_mlp = _token_mlp(text_length, dims)
        # Released checkpoints hold a second network that nothing uses; it is kept so that they
        # convert without loss in both directions.
        self.categories_mlp = _token_mlp(text_length, dims)
        self.categories_embedding = nn.Embedding(VOCABULARY_SIZE, dims)

    def dataset_tokens(self, dataset: int) -> Tensor:
        """The raw ids of a data set name with the context in place: (text_length,)."""
        prefix, suffix = self.dataset_token_prefix[dataset], self.dataset_token_suffix[dataset]
        return torch.cat([prefix, self.dataset_ctx, suffix])

    def category_ids(self) -> Tensor:
        """Truncated ids of all categories: (categories, text_length), int64."""
        count = self.categories_token_prefix.shape[0]
        context = self.category_ctx.detach().expand(count, -1)
        parts = [self.categories_token_prefix, context, self.categories_token_suffix]
        return torch.cat(parts, 1).trunc().long()

    def dataset_embedding(self, dataset: int) -> Tensor:
        """The prompt of a data set before it has seen the memory bank: (1, C)."""
        embedded: Tensor = self.dataset_mlp(self.dataset_tokens(dataset)[None])
        return embedded

    def memory_bank(self) -> tuple[Tensor, Tensor]:
        """All category tokens (M, C), category by category, and the category of each (M)."""
        ids = self.category_ids()
        bank: Tensor = self.categories_embedding(ids)
        owners = torch.arange(ids.shape[0], device=ids.device).repeat_interleave(ids.shape[1])
        return bank.flatten(0, 1), owners


def _rows(ids: Sequence[int], rows: dict[int, int] | None) -> list[int]:
    tokens = [START_TOKEN, *ids, END_TOKEN]
    return tokens if rows is None else [rows[token] for token in tokens]


def _padded(ids: TokenIds, length: int) -> Tensor:
    """Ids and end token, zero padded: (names, length) floats."""
    padded = torch.zeros(len(ids), length)
    for row, name in zip(padded, ids, strict=True):
        if len(name) + 1 > length:
            raise ValueError(f"a name of {len(name)} tokens does not fit into {length - 1}")
        row[: len(name) + 1] = torch.tensor([*name, END_TOKEN], dtype=torch.float32)
    return padded


def _token_mlp(text_length: int, dims: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(text_length, dims), nn.ReLU(), nn.Linear(dims, dims))
