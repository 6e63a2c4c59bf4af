"""Pictures as they are sent."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import IO, Any

Image = str | os.PathLike[str] | bytes | IO[bytes] | Any
"""A path, bytes, an open file, an array (height, width, 3) of 8 bits, or a picture of Pillow."""


def image_request(image: Any) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a picture.

    Raises:
        TypeError: something else than a picture.
        ValueError: an array of another shape or type.
    """
    if isinstance(image, (str, os.PathLike)):
        return Path(image).read_bytes(), _unnamed()
    if isinstance(image, (bytes, bytearray, memoryview)):
        return bytes(image), _unnamed()
    if hasattr(image, "save") and hasattr(image, "mode"):
        file = io.BytesIO()
        image.convert("RGB").save(file, "PNG")
        return file.getvalue(), {"Content-Type": "image/png"}
    if hasattr(image, "__array_interface__") and hasattr(image, "tobytes"):
        return _pixels(image)
    if hasattr(image, "read"):
        return image.read(), _unnamed()
    raise TypeError(
        f"a {type(image).__name__} is no picture: "
        "give a path, bytes, an open file, an array or a picture of Pillow"
    )


def _unnamed() -> dict[str, str]:
    """The service looks at the first bytes."""
    return {"Content-Type": "application/octet-stream"}


def _pixels(array: Any) -> tuple[bytes, dict[str, str]]:
    interface = array.__array_interface__
    shape, kind = tuple(interface["shape"]), interface["typestr"]
    if len(shape) != 3 or shape[2] != 3 or kind != "|u1":
        raise ValueError(
            f"an array of shape {shape} and type {kind}, "
            "not (height, width, 3) of 8 bits (uint8): RGB, 0 to 255"
        )
    height, width, _ = shape
    return array.tobytes(), {
        "Content-Type": "application/octet-stream",
        "X-Image-Size": f"{width}x{height}",
    }
