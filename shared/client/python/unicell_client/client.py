"""The interface of both tiers."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from .detection import Detection
from .image import Image, image_request
from .job import Job
from .slide_request import slide_request
from .transport import Transport


class UniCellClient:
    """A tier of UniCell Edge.

    Args:
        url: Where it answers; ``UNICELL_URL`` when left out.
        key: Bearer key; ``UNICELL_KEY`` when left out.
        timeout_s: Without a byte from the other side.
        retries: How often a request is sent again that met 429 or 503, or no answer.

    Raises:
        ValueError: no URL, or one of another kind than http and https.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout_s: float = 120.0,
        retries: int = 2,
    ) -> None:
        url = url or os.environ.get("UNICELL_URL")
        if not url:
            raise ValueError("no URL: give one, as http://127.0.0.1:8080, or set UNICELL_URL")
        key = key if key is not None else os.environ.get("UNICELL_KEY")
        self._transport = Transport(url, key, timeout_s, retries)

    def detect(self, image: Image, **options: Any) -> Detection:
        """The nuclei of a picture that is small enough for an answer at once.

        Args:
            image: See :data:`unicell_client.image.Image`.
            options: As of ``POST /v1/detect``: ``dataset``, ``mpp``, ``organ``, ``threshold``,
                ``classes``, ``name``.

        Raises:
            UniCellProblem: the service says why not.
            OSError: it does not answer, or the picture cannot be read.
        """
        body, headers = image_request(image)
        if isinstance(image, (str, os.PathLike)):
            options.setdefault("name", Path(image).name)
        query = {**options, "format": "json", "layout": "columns"}
        answer = self._transport.json("POST", "/v1/detect", query=query, headers=headers, body=body)
        return Detection.of(answer)

    def create_job(
        self,
        *,
        path: str | None = None,
        url: str | None = None,
        dicomweb: Mapping[str, str] | None = None,
        file: str | os.PathLike[str] | IO[bytes] | None = None,
        **options: Any,
    ) -> Job:
        """Begins a job on a slide, which comes in one of four ways.

        Args:
            path: Below a folder of the service.
            url: Where the service fetches it.
            dicomweb: ``root``, ``study`` and ``series`` in a PACS.
            file: Is sent.
            options: As of ``POST /v1/jobs``: ``dataset``, ``mpp``, ``exports``, ``regions``,
                ``tissue`` ...

        Raises:
            ValueError: no slide, or two.
            UniCellProblem, OSError: as of :meth:`detect`.
        """
        sources: dict[str, Any] = {
            "path": path and {"type": "path", "path": path},
            "url": url and {"type": "url", "url": url},
            "dicomweb": dicomweb and {"type": "dicomweb", **dicomweb},
            "file": file,
        }
        given = {name: source for name, source in sources.items() if source}
        if len(given) != 1:
            raise ValueError(
                f"{len(given)} slides ({', '.join(given) or 'none'}): "
                "give one of path, url, dicomweb and file"
            )
        [(kind, source)] = given.items()
        # The same key makes one job however often the request comes.
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if kind != "file":
            content = {**options, "source": source}
            made = self._transport.json("POST", "/v1/jobs", content=content, headers=headers)
        elif isinstance(source, (str, os.PathLike)):
            options.setdefault("name", Path(source).name)
            with Path(source).open("rb") as opened:
                made = self._upload(opened, headers, options)
        else:
            made = self._upload(source, headers, options)
        return Job(self._transport, made["id"])

    def _upload(self, file: IO[bytes], headers: dict[str, str], options: dict[str, Any]) -> Any:
        query, content_type, body = slide_request(file, options)
        headers = {**headers, "Content-Type": content_type}
        # A file is read once, so it is sent once.
        return self._transport.json(
            "POST", "/v1/jobs", query=query, headers=headers, body=body, repeatable=False
        )

    def job(self, job_id: str) -> Job:
        """A job that was made before."""
        return Job(self._transport, job_id)

    def jobs(self, **query: Any) -> dict[str, Any]:
        """One page of the jobs of this key, newest first: ``status``, ``cursor``, ``limit``."""
        return dict(self._transport.json("GET", "/v1/jobs", query=query))

    def estimate(self, *, source: Mapping[str, Any], **options: Any) -> dict[str, Any]:
        """What a job would take, without making one; ``source`` as of ``POST /v1/estimate``."""
        return dict(
            self._transport.json("POST", "/v1/estimate", content={**options, "source": source})
        )

    def score(self, **request: Any) -> dict[str, Any]:
        """F-scores of ``predictions`` against ``truth``, as of ``POST /v1/score``."""
        return dict(self._transport.json("POST", "/v1/score", content=request))

    def datasets(self) -> list[dict[str, Any]]:
        """The label sets of the service's model."""
        return list(self._transport.json("GET", "/v1/datasets")["datasets"])
