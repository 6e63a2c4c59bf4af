"""The released UniCell: what its checkpoint does not say, and its sizes from what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isqrt
from typing import Any

from .checkpoint import CheckpointError
from .config import (
    CategoryConfig,
    DecoderConfig,
    DenoisingConfig,
    EncoderConfig,
    HeadConfig,
    LabelSetConfig,
    NeckConfig,
    PromptConfig,
    SwinConfig,
    UniCellConfig,
    load_config,
)
from .prompt_text import END_TOKEN

HEAD_DIMS = 32
"""Channels per attention head outside the backbone; no tensor tells them."""

Shapes = Mapping[str, Sequence[int]]
"""Shapes by official name."""


def infer_config(
    shapes: Shapes,
    dataset_tokens: Sequence[Sequence[int]],
    category_tokens: Sequence[Sequence[int]],
    visible: Sequence[Sequence[int]] | None = None,
) -> UniCellConfig:
    """The configuration that fits the tensors of a checkpoint, with official behaviour throughout.

    Args:
        shapes: Shapes by official name.
        dataset_tokens, category_tokens: Ids of the names (:func:`name_tokens`).
        visible: For each data set the indices of the categories it sees. A checkpoint does not hold
            them; they are known for the published names.

    Raises:
        CheckpointError: tensors are missing or of another number of axes, or ``visible`` is needed.
    """
    return _infer(_Sides(shapes), dataset_tokens, category_tokens, visible)


class _Sides:
    """Shapes of which one that is missing or has another number of axes is named."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes

    def __contains__(self, name: str) -> bool:
        return name in self._shapes

    def of(self, name: str, axes: int) -> Sequence[int]:
        if name not in self._shapes:
            raise CheckpointError(f"not an official UniCell checkpoint: no tensor {name!r}")
        shape = self._shapes[name]
        if len(shape) != axes or 0 in shape:
            raise CheckpointError(
                f"not an official UniCell checkpoint: {name} has shape {tuple(shape)}, "
                f"expected {axes} axes and no empty one"
            )
        return shape

    def count(self, pattern: str) -> int:
        """How many of ``pattern`` with 0, 1, 2 ... there are; at least one."""
        count = 0
        while pattern.format(count) in self:
            count += 1
        if count == 0:
            self.of(pattern.format(0), 0)
        return count


def name_tokens(suffixes: Sequence[Sequence[float]]) -> list[tuple[int, ...]]:
    """Token ids of names from a suffix buffer: what stands before the end token."""
    names = []
    for suffix in suffixes:
        ids = [int(token) for token in suffix]
        names.append(tuple(ids[: ids.index(END_TOKEN)] if END_TOKEN in ids else ids[:-1]))
    return names


def _infer(
    shapes: _Sides,
    dataset_tokens: Sequence[Sequence[int]],
    category_tokens: Sequence[Sequence[int]],
    visible: Sequence[Sequence[int]] | None,
) -> UniCellConfig:
    levels, dims = shapes.of("level_embed", 2)
    backbone_outputs = shapes.count("neck.convs.{}.conv.weight")
    table = "backbone.stages.{}.blocks.0.attn.w_msa.relative_position_bias_table"
    stages = shapes.count(table)
    tables = [shapes.of(table.format(i), 2) for i in range(stages)]
    embed = shapes.of("backbone.patch_embed.norm.weight", 1)[0]
    swin_ffn = shapes.of("backbone.stages.0.blocks.0.ffn.layers.0.0.weight", 2)[0]
    encoder = "encoder.layers.{}."
    decoder = "decoder.layers.{}."
    heads = max(1, dims // HEAD_DIMS)

    def transformer(layers: str, attention: str) -> dict[str, Any]:
        weights = shapes.of(layers.format(0) + attention + ".attention_weights.weight", 2)[0]
        return {
            "layers": shapes.count(layers + "norms.0.weight"),
            "heads": heads,
            "points": weights // (heads * levels),
            "ffn": shapes.of(layers.format(0) + "ffn.layers.0.0.weight", 2)[0],
        }

    classes = [
        shapes.of(f"bbox_head.cls_branches.{i}.0.weight", 2)[0]
        for i in range(shapes.count("bbox_head.cls_branches.{}.0.weight"))
    ]
    if len(classes) != len(dataset_tokens):
        raise CheckpointError(f"{len(dataset_tokens)} data sets, but heads for {len(classes)}")
    categories = _categories(category_tokens)
    return UniCellConfig(
        id="official",
        datasets=_label_sets(dataset_tokens, classes, categories, visible),
        categories=categories,
        swin=SwinConfig(
            embed_dims=embed,
            depths=tuple(
                shapes.count(f"backbone.stages.{i}.blocks.{{}}.norm1.weight") for i in range(stages)
            ),
            heads=tuple(shape[1] for shape in tables),
            window=(isqrt(tables[0][0]) + 1) // 2,
            mlp_ratio=swin_ffn / embed,
            first_output=stages - backbone_outputs,
        ),
        neck=NeckConfig(dims=dims, extra_levels=levels - backbone_outputs),
        encoder=EncoderConfig(**transformer(encoder, "self_attn")),
        prompt=PromptConfig(
            mode="official",
            mask="official",
            block="official",
            layers=shapes.count("FeaturePromptCA.layers.{}.norms.0.weight"),
            heads=heads,
            ffn=shapes.of("FeaturePromptCA.layers.0.ffn.layers.0.0.weight", 2)[0],
            context=shapes.of("dataset_ctx", 1)[0],
            vocabulary="full",
        ),
        decoder=DecoderConfig(
            queries=shapes.of("query_embedding.weight", 2)[0],
            **transformer(decoder, "cross_attn"),
        ),
        heads=HeadConfig(structure="official"),
        denoising=DenoisingConfig(noise="official"),
    )


def _categories(tokens: Sequence[Sequence[int]]) -> tuple[CategoryConfig, ...]:
    known = {category.tokens: category.name for category in load_config("swin-b").categories}
    return tuple(
        CategoryConfig(known.get(tuple(ids), f"category-{i}"), tuple(ids))
        for i, ids in enumerate(tokens)
    )


def _label_sets(
    tokens: Sequence[Sequence[int]],
    classes: Sequence[int],
    categories: tuple[CategoryConfig, ...],
    visible: Sequence[Sequence[int]] | None,
) -> tuple[LabelSetConfig, ...]:
    published = load_config("swin-b")
    known = {dataset.tokens: dataset for dataset in published.datasets}
    if visible is not None and len(visible) != len(tokens):
        raise CheckpointError(f"visible categories of {len(visible)} data sets, not {len(tokens)}")
    sets = []
    for i, (ids, count) in enumerate(zip(tokens, classes, strict=True)):
        same = known.get(tuple(ids))
        if visible is not None:
            if not set(visible[i]) <= set(range(len(categories))):
                raise CheckpointError(
                    f"data set {i} sees categories {list(visible[i])}; there are "
                    f"{len(categories)}, counted from 0"
                )
            seen = tuple(categories[j].name for j in visible[i])
        elif same and categories == published.categories:
            seen = same.categories
        else:
            raise CheckpointError(
                f"data set {i} is not one of the published four: say which categories it sees"
            )
        if same and len(same.classes) == count:
            sets.append(replace(same, categories=seen))
            continue
        sets.append(
            LabelSetConfig(
                id=f"dataset-{i}",
                name=f"dataset-{i}",
                tokens=tuple(ids),
                classes=tuple(f"class-{k}" for k in range(count)),
                categories=seen,
            )
        )
    return tuple(sets)
