"""The backbones that a trunk can stand on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .efficientnet_lite import VARIANTS, EfficientNetLite
from .mobilenet import MobileNetV2

BACKBONES: dict[str, Callable[[], Any]] = {
    "mobilenet-v2": MobileNetV2,
    **{name: partial(EfficientNetLite, name) for name in VARIANTS},
}
"""The backbones by the name that presets give them."""


def build_backbone(name: str) -> Any:
    """The backbone of a name, its weights drawn at random.

    Raises:
        ValueError: a name that is not one of ``BACKBONES``.
    """
    if name not in BACKBONES:
        raise ValueError(f"backbone {name!r} is not one of {sorted(BACKBONES)}")
    return BACKBONES[name]()
