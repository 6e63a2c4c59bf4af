"""An answer that is not a success (RFC 9457)."""

from __future__ import annotations

import json
from typing import Protocol


class Headers(Protocol):
    """Of an answer."""

    def get(self, name: str, /) -> str | None: ...


class UniCellProblem(Exception):
    """What a service says when it does not do what was asked.

    Attributes:
        status: Of HTTP.
        code: Stable; ``HTTP_ERROR`` where somebody else answered, a proxy for instance.
        detail: A sentence for people.
        request_id: To be named when asking for help.
        retry_after_s: After which the same request may succeed, if the service said so.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        request_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.request_id = request_id
        self.retry_after_s = retry_after_s

    @classmethod
    def of(cls, status: int, headers: Headers, body: bytes) -> UniCellProblem:
        """From an answer; whatever its body is."""
        try:
            said = json.loads(body)
        except ValueError:
            said = None
        said = said if isinstance(said, dict) else {}
        code, detail = said.get("code"), said.get("detail")
        return cls(
            status,
            code if isinstance(code, str) else "HTTP_ERROR",
            detail if isinstance(detail, str) else f"The server answered {status}.",
            headers.get("X-Request-Id"),
            _seconds(headers.get("Retry-After")),
        )


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdecimal() else None
