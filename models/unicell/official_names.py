"""Names of the released checkpoint's tensors and ours, both ways (UniCell spec section 15)."""

from __future__ import annotations

import re

_FFN = (("ffn.layers.0.0.", "ffn.0."), ("ffn.layers.1.", "ffn.2."))
_MLP = ((".layers.0.", ".0."), (".layers.1.", ".2."))

# Beginnings of names, official and ours; {} is a number. The first that fits is used.
_BEGINNINGS: list[tuple[str, str]] = [
    ("backbone.patch_embed.", "backbone.patch_embed."),
    ("backbone.norm{}.", "backbone.norms.{}."),
    ("backbone.stages.{}.blocks.{}.attn.w_msa.", "backbone.stages.{}.blocks.{}.attention."),
    *(
        (f"backbone.stages.{{}}.blocks.{{}}.{a}", f"backbone.stages.{{}}.blocks.{{}}.{b}")
        for a, b in _FFN
    ),
    ("backbone.stages.{}.blocks.{}.norm{}.", "backbone.stages.{}.blocks.{}.norm{}."),
    ("backbone.stages.{}.downsample.", "backbone.stages.{}.downsample."),
    ("neck.", "neck."),
    ("level_embed", "encoder.level_embed"),
    ("encoder.layers.{}.self_attn.", "encoder.layers.{}.self_attention."),
    *((f"encoder.layers.{{}}.{a}", f"encoder.layers.{{}}.{b}") for a, b in _FFN),
    ("encoder.layers.{}.norms.", "encoder.layers.{}.norms."),
    ("dataset_ctx", "prompt.text.dataset_ctx"),
    ("category_ctx", "prompt.text.category_ctx"),
    ("dataset_token_", "prompt.text.dataset_token_"),
    ("categories_token_", "prompt.text.categories_token_"),
    ("categories_embedding.", "prompt.text.categories_embedding."),
    *((f"dataset_mlp{a}", f"prompt.text.dataset_mlp{b}") for a, b in _MLP),
    *((f"categories_mlp{a}", f"prompt.text.categories_mlp{b}") for a, b in _MLP),
    *(
        (f"{official}.layers.{{}}.{a}", f"prompt.{ours}.{{}}.{b}")
        for official, ours in (
            ("Data_Cate_CA", "prompt_layers"),
            ("FeaturePromptCA", "feature_layers"),
        )
        for a, b in (("cross_attn.attn.", "attention."), *_FFN, ("norms.", "norms."))
    ),
    ("memory_trans_fc.", "selection.transform."),
    ("memory_trans_norm.", "selection.norm."),
    ("query_embedding.", "query_embedding."),
    ("decoder.layers.{}.self_attn.attn.", "decoder.layers.{}.self_attention."),
    ("decoder.layers.{}.cross_attn.", "decoder.layers.{}.cross_attention."),
    *((f"decoder.layers.{{}}.{a}", f"decoder.layers.{{}}.{b}") for a, b in _FFN),
    ("decoder.layers.{}.norms.", "decoder.layers.{}.norms."),
    *((f"decoder.ref_point_head{a}", f"decoder.position_mlp{b}") for a, b in _MLP),
    ("decoder.norm.", "decoder.norm."),
    ("bbox_head.cls_branches.", "heads.classes."),
    ("bbox_head.reg_branches.", "heads.points."),
    ("dn_query_generator.label_embedding.", "denoising.label_embedding."),
]


def _rule(source: str, target: str) -> tuple[re.Pattern[str], str]:
    return re.compile(re.escape(source).replace(r"\{\}", r"(\d+)")), target


_TO_OURS = [_rule(official, ours) for official, ours in _BEGINNINGS]
_TO_OFFICIAL = [_rule(ours, official) for official, ours in _BEGINNINGS]


def to_ours(name: str) -> str | None:
    """Our name of an official tensor, or None if there is none."""
    return _translate(name, _TO_OURS)


def to_official(name: str) -> str | None:
    """The official name of one of our tensors, or None if there is none."""
    return _translate(name, _TO_OFFICIAL)


def _translate(name: str, rules: list[tuple[re.Pattern[str], str]]) -> str | None:
    for pattern, target in rules:
        found = pattern.match(name)
        if found:
            return target.format(*found.groups()) + name[found.end() :]
    return None
