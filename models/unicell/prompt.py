"""The Dynamic Prompt Module: features (or queries) learn which data set they are labelled for.

A data set prompt attends to a memory bank of category names, each data set to the categories it
knows; then the features attend to bank and prompt together (paper section "Dynamic Prompt Module";
UniCell spec section 7). Everything but the features is constant per data set, so an exported model
holds keys and values and no text (:meth:`DynamicPromptModule.stacked_constants`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from .attention import MultiHeadAttention
from .prompt_text import OfficialPromptText, PaperPromptText, TokenIds, Vocabulary
from .stacked import Index, pick

Variant = Literal["paper", "official"]


@dataclass(frozen=True)
class PromptConstants:
    """What the attending side needs; constant per data set once the model is trained.

    Attributes:
        keys, values: (layers, N, C), projected; with a leading data set axis when stacked.
        bias: (N,), added to the logits of every head; ``-inf`` hides a key.
    """

    keys: Tensor
    values: Tensor
    bias: Tensor


class PromptAttentionLayer(nn.Module):
    """One layer of localised attention.

    Args:
        dims, heads, ffn: Sizes.
        block: ``paper`` is equation 6, ``Q + FFN(LN(CA(Q)))``; ``official`` normalises before,
            between and after, with residuals around attention and network (spec 7.4, 14.4).
    """

    def __init__(self, dims: int, heads: int, ffn: int, block: Variant) -> None:
        super().__init__()
        self.block = block
        self.attention = MultiHeadAttention(dims, heads)
        self.ffn = nn.Sequential(nn.Linear(dims, ffn), nn.ReLU(), nn.Linear(ffn, dims))
        self.norms = nn.ModuleList(
            nn.LayerNorm(dims) for _ in range(3 if block == "official" else 1)
        )

    def forward(self, query: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
        """Query (B, Q, C) attends to projected keys (N, C) with bias (N,)."""
        out: Tensor
        if self.block == "paper":
            attended = self.attention.attend(query, k, v, bias[None])
            out = query + self.ffn(self.norms[0](attended))
            return out
        hidden = self.norms[0](query)
        hidden = self.norms[1](hidden + self.attention.attend(hidden, k, v, bias[None]))
        out = query + self.norms[2](hidden + self.ffn(hidden))
        return out


class DynamicPromptModule(nn.Module):
    """Dataset prompt, category memory bank and localised attention.

    Args:
        datasets: Token ids of the data set names (see :data:`TokenIds`).
        categories: Token ids of the names in the memory bank.
        visible: For each data set the indices of the categories it sees.
        dims, heads, ffn, layers: Sizes of both attention stacks (official: 256, 8, 512, 3).
        mode: How ids become vectors, see :mod:`unicell.prompt_text`.
        mask: ``paper`` hides the categories a data set does not see; ``official`` adds 1 to their
            logits, as the released code does by accident (spec 7.4).
        block: See :class:`PromptAttentionLayer`.
        context: Learnable context tokens per name.
        vocabulary: ``full`` or ``used`` embedding table; ``official`` mode needs ``full``.
        dataset_prompt, category_bank: Either may be left out (the paper's Table 2), not both.
    """

    def __init__(
        self,
        datasets: TokenIds,
        categories: TokenIds,
        visible: Sequence[Sequence[int]],
        *,
        dims: int = 256,
        heads: int = 8,
        ffn: int = 512,
        layers: int = 3,
        mode: Variant = "paper",
        mask: Variant = "paper",
        block: Variant = "paper",
        context: int = 16,
        vocabulary: Vocabulary = "used",
        dataset_prompt: bool = True,
        category_bank: bool = True,
    ) -> None:
        super().__init__()
        if len(visible) != len(datasets):
            raise ValueError(f"{len(datasets)} data sets, but visible categories of {len(visible)}")
        for seen in visible:
            if not set(seen) <= set(range(len(categories))) or (mask == "paper" and not seen):
                raise ValueError(
                    f"visible categories {list(seen)} must be some of 0..{len(categories) - 1}"
                )
        if not dataset_prompt and not category_bank:
            raise ValueError("a prompt module needs the data set prompt or the category bank")
        self.mask = mask
        self.visible = [sorted(set(seen)) for seen in visible]
        self.has_prompt = dataset_prompt
        self.has_bank = category_bank
        self.text: OfficialPromptText | PaperPromptText
        if mode == "official":
            if vocabulary != "full":
                raise ValueError("the official prompt needs the full vocabulary")
            self.text = OfficialPromptText(datasets, categories, dims, context)
        else:
            self.text = PaperPromptText(datasets, categories, dims, context, vocabulary)
        both = dataset_prompt and category_bank
        self.prompt_layers = nn.ModuleList(
            PromptAttentionLayer(dims, heads, ffn, block) for _ in range(layers if both else 0)
        )
        self.feature_layers = nn.ModuleList(
            PromptAttentionLayer(dims, heads, ffn, block) for _ in range(layers)
        )

    @property
    def datasets(self) -> int:
        """Number of data sets."""
        return len(self.visible)

    def prompt_token(self, dataset: int) -> Tensor:
        """The data set prompt after it has looked at the memory bank: (1, C)."""
        token = self.text.dataset_embedding(dataset)
        if not self.has_bank:
            return token
        bank, bias = self._bank(dataset)
        token = token[None]
        for layer in self.prompt_layers:
            token = layer(token, *_project(layer, bank), bias)
        return token[0]

    def constants(self, dataset: int) -> PromptConstants:
        """Keys, values and bias that features labelled for a data set attend to."""
        parameter = next(self.parameters())
        with torch.autocast(parameter.device.type, enabled=False):
            looked_at: list[Tensor] = []
            biases: list[Tensor] = []
            if self.has_bank:
                bank, bias = self._bank(dataset)
                looked_at.append(bank)
                biases.append(bias)
            if self.has_prompt:
                looked_at.append(self.prompt_token(dataset))
                biases.append(parameter.new_zeros(1))
            memory = torch.cat(looked_at)
            projected = [_project(layer, memory) for layer in self.feature_layers]
            keys = torch.stack([k for k, _ in projected])
            values = torch.stack([v for _, v in projected])
            return PromptConstants(keys, values, torch.cat(biases))

    def stacked_constants(self) -> PromptConstants:
        """The constants of all data sets, with a leading data set axis, for export.

        Shorter memories are padded with hidden keys. Indexing every field with a data set gives
        what :meth:`enhance` takes.
        """
        each = [self.constants(dataset) for dataset in range(self.datasets)]
        longest = max(constants.bias.shape[0] for constants in each)
        pad = nn.functional.pad
        missing = [longest - constants.bias.shape[0] for constants in each]
        pairs = list(zip(each, missing, strict=True))
        return PromptConstants(
            torch.stack([pad(c.keys, (0, 0, 0, m)) for c, m in pairs]),
            torch.stack([pad(c.values, (0, 0, 0, m)) for c, m in pairs]),
            torch.stack([pad(c.bias, (0, m), value=float("-inf")) for c, m in pairs]),
        )

    def enhance(self, tokens: Tensor, constants: PromptConstants) -> Tensor:
        """Lets features or queries (B, Q, C) attend to the constants of one data set."""
        for i, layer in enumerate(self.feature_layers):
            tokens = layer(tokens, constants.keys[i], constants.values[i], constants.bias)
        return tokens

    def forward(self, tokens: Tensor, dataset: int) -> Tensor:
        """Features or queries (B, Q, C) of pictures that are labelled for a data set."""
        return self.enhance(tokens, self.constants(dataset))

    def _bank(self, dataset: int) -> tuple[Tensor, Tensor]:
        """Memory bank (M, C) as a data set sees it, and the bias of its tokens (M,)."""
        bank, owners = self.text.memory_bank()
        seen = torch.isin(owners, torch.tensor(self.visible[dataset], device=owners.device))
        if self.mask == "paper":
            bank = bank[seen]
            return bank, bank.new_zeros(bank.shape[0])
        return bank, (~seen).to(bank.dtype)


class FrozenPrompt(nn.Module):
    """A trained prompt module without its text: only constants and the attention to them are left.

    The data set may be a tensor, so that one graph serves all of them.
    """

    keys: Tensor
    values: Tensor
    bias: Tensor

    def __init__(self, prompt: DynamicPromptModule) -> None:
        super().__init__()
        with torch.no_grad():
            constants = prompt.stacked_constants()
        self.register_buffer("keys", constants.keys)
        self.register_buffer("values", constants.values)
        self.register_buffer("bias", constants.bias)
        self.layers = prompt.feature_layers

    def forward(self, tokens: Tensor, dataset: Index) -> Tensor:
        """As :meth:`DynamicPromptModule.forward`."""
        keys, values, bias = (pick(c, dataset) for c in (self.keys, self.values, self.bias))
        for i, layer in enumerate(self.layers):
            tokens = layer(tokens, keys[i], values[i], bias)
        return tokens


def _project(layer: nn.Module, memory: Tensor) -> tuple[Tensor, Tensor]:
    assert isinstance(layer, PromptAttentionLayer)
    return layer.attention.project_keys(memory)
