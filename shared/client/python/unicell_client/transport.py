"""Requests with a key, sent again where that can do no harm."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from typing import IO, Any

from .problem import UniCellProblem

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
BUSY = (429, 503)
"""The service has not begun with the request."""

Body = bytes | IO[bytes] | Iterable[bytes] | None


class Transport:
    """Where a tier answers, and how it is asked.

    Args:
        url: ``https://unicell.example.org``; a path before ``/v1`` is kept.
        key: Bearer key.
        timeout_s: Without a byte from the other side.
        retries: How often a request is sent again.

    Raises:
        ValueError: a URL of another kind than http and https.
    """

    def __init__(self, url: str, key: str | None, timeout_s: float, retries: int) -> None:
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise ValueError(f"{url!r} is no URL of http or https, as http://127.0.0.1:8080 is")
        self.url = url.rstrip("/")
        self.timeout_s = timeout_s
        self.retries = retries
        self.headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        # A redirect would take the key to another host.
        self.opener = urllib.request.build_opener(_NoRedirect)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Body = None,
        repeatable: bool = True,
    ) -> http.client.HTTPResponse:
        """The open answer, a success.

        Args:
            path: Begins with ``/v1``.
            query: Lists go by commas, mappings as JSON; ``None`` is left out.
            repeatable: Whether the request may come twice.

        Raises:
            UniCellProblem: every other answer.
            OSError: none.
        """
        search = query_of(query or {})
        url = f"{self.url}{path}{'?' + search if search else ''}"
        wait_s = FIRST_WAIT_S
        for left in range(self.retries if repeatable else 0, -1, -1):
            request = urllib.request.Request(
                url, data=body, headers={**self.headers, **(headers or {})}, method=method
            )
            asked_s = None
            try:
                answer = self.opener.open(request, timeout=self.timeout_s)
                assert isinstance(answer, http.client.HTTPResponse)
                return answer
            except urllib.error.HTTPError as error:
                with error:
                    problem = UniCellProblem.of(error.code, error.headers, error.read())
                if left == 0 or problem.status not in BUSY:
                    raise problem from None
                asked_s = problem.retry_after_s
            except (OSError, http.client.HTTPException) as error:
                if left == 0:
                    raise _no_answer(self.url, error) from error
            time.sleep(min(wait_s if asked_s is None else asked_s, LONGEST_WAIT_S))
            wait_s *= 2
        raise AssertionError("the last try returns or raises")

    def json(self, method: str, path: str, **request: Any) -> Any:
        """The answer as JSON; ``content`` is a body of JSON."""
        content = request.pop("content", None)
        if content is not None:
            request["body"] = json.dumps(content).encode()
            request["headers"] = {
                "Content-Type": "application/json",
                **(request.get("headers") or {}),
            }
        with self.send(method, path, **request) as answer:
            return json.load(answer)


def query_of(options: Mapping[str, Any]) -> str:
    """Options as a query."""
    return urllib.parse.urlencode({k: text_of(v) for k, v in options.items() if v is not None})


def text_of(value: Any) -> str:
    """An option as a query or a form has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)) and not any(isinstance(v, (dict, list)) for v in value):
        return ",".join(str(v) for v in value)
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def _no_answer(url: str, error: Exception) -> OSError:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    return ConnectionError(f"{url} gave no answer: {reason}. Does the service run there?")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None
