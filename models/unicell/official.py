"""The released UniCell: what its checkpoint does not say, and its sizes from what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        CheckpointError: tensors are missing, or ``visible`` is needed.
    """
    try:
        return _infer(shapes, dataset_tokens, category_tokens, visible)
    except KeyError as error:
        raise CheckpointError(f"not an official UniCell checkpoint: no tensor {error}") from error


def name_tokens(suffixes: Sequence[Sequence[float]]) -> list[tuple[int, ...]]:
    """Token ids of names from a suffix buffer: what stands before the end token."""
    names = []
    for suffix in suffixes:
        ids = [int(token) for token in suffix]
        names.append(tuple(ids[: ids.index(END_TOKEN)] if END_TOKEN in ids else ids[:-1]))
    return names


def _infer(
    shapes: Shapes,
    dataset_tokens: Sequence[Sequence[int]],
    category_tokens: Sequence[Sequence[int]],
    visible: Sequence[Sequence[int]] | None,
) -> UniCellConfig:
    levels, dims = shapes["level_embed"]
    backbone_outputs = _count(shapes, "neck.convs.{}.conv.weight")
    table = "backbone.stages.{}.blocks.0.attn.w_msa.relative_position_bias_table"
    stages = _count(shapes, table)
    tables = [shapes[table.format(i)] for i in range(stages)]
    embed = shapes["backbone.patch_embed.norm.weight"][0]
    swin_ffn = shapes["backbone.stages.0.blocks.0.ffn.layers.0.0.weight"][0]
    encoder = "encoder.layers.{}."
    decoder = "decoder.layers.{}."
    heads = max(1, dims // HEAD_DIMS)

    def transformer(layers: str, attention: str) -> dict[str, Any]:
        weights = shapes[layers.format(0) + attention + ".attention_weights.weight"][0]
        return {
            "layers": _count(shapes, layers + "norms.0.weight"),
            "heads": heads,
            "points": weights // (heads * levels),
            "ffn": shapes[layers.format(0) + "ffn.layers.0.0.weight"][0],
        }

    classes = [
        shapes[f"bbox_head.cls_branches.{i}.0.weight"][0]
        for i in range(_count(shapes, "bbox_head.cls_branches.{}.0.weight"))
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
                _count(shapes, f"backbone.stages.{i}.blocks.{{}}.norm1.weight")
                for i in range(stages)
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
            layers=_count(shapes, "FeaturePromptCA.layers.{}.norms.0.weight"),
            heads=heads,
            ffn=shapes["FeaturePromptCA.layers.0.ffn.layers.0.0.weight"][0],
            context=shapes["dataset_ctx"][0],
            vocabulary="full",
        ),
        decoder=DecoderConfig(
            queries=shapes["query_embedding.weight"][0], **transformer(decoder, "cross_attn")
        ),
        heads=HeadConfig(structure="official"),
        denoising=DenoisingConfig(noise="official"),
    )


def _count(shapes: Shapes, pattern: str) -> int:
    """How many of ``pattern`` with 0, 1, 2 ... there are; at least one."""
    count = 0
    while pattern.format(count) in shapes:
        count += 1
    if count == 0:
        raise KeyError(pattern.format(0))
    return count


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
            seen = tuple(categories[j].name for j in visible[i])
        elif same and categories == published.categories:
            seen = same.categories
        else:
            raise CheckpointError(
                f"data set {i} is not one of the published four: say which categories it sees"
            )
        named = same is not None and len(same.classes) == count
        sets.append(
            LabelSetConfig(
                id=same.id if same else f"dataset-{i}",
                name=same.name if same else f"dataset-{i}",
                tokens=tuple(ids),
                classes=same.classes
                if same and named
                else tuple(f"class-{k}" for k in range(count)),
                categories=seen,
            )
        )
    return tuple(sets)
