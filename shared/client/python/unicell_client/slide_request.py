"""A slide and the options of its job as one request."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import IO, Any

from .transport import Body, query_of, text_of

MAX_QUERY_BYTES = 14_000
"""Servers and proxies refuse longer addresses, mostly from 16 KB on."""

CHUNK_BYTES = 1 << 20


def slide_request(file: IO[bytes], options: Mapping[str, Any]) -> tuple[dict[str, Any], str, Body]:
    """The query, the content type and the body.

    The slide is the body, with its options in the query; they go in a form before it where they are
    too long for one, as outlines of regions are.
    """
    if len(query_of(options)) <= MAX_QUERY_BYTES:
        return dict(options), "application/octet-stream", file
    boundary = f"unicell-{uuid.uuid4()}"
    return {}, f"multipart/form-data; boundary={boundary}", _form(file, options, boundary)


def _form(file: IO[bytes], options: Mapping[str, Any], boundary: str) -> Iterator[bytes]:
    for name, value in options.items():
        if value is not None:
            yield f"{_head(boundary, name)}\r\n{text_of(value)}\r\n".encode()
    head = _head(boundary, "slide", '; filename="upload"')
    yield f"{head}Content-Type: application/octet-stream\r\n\r\n".encode()
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
    yield f"\r\n--{boundary}--\r\n".encode()


def _head(boundary: str, name: str, more: str = "") -> str:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n'
