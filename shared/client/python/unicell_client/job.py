"""A slide that the service works on."""

from __future__ import annotations

import os
import shutil
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .nuclei import Nuclei
from .transport import Transport

POLL_S = 10
"""Seconds of one long poll: how often progress is told."""


class Job:
    """One job of a service, by its id."""

    def __init__(self, transport: Transport, job_id: str) -> None:
        self._transport = transport
        self.id = job_id
        self._path = f"/v1/jobs/{urllib.parse.quote(job_id, safe='')}"

    def get(self) -> dict[str, Any]:
        """Status, progress, counts, warnings, errors and files."""
        return dict(self._transport.json("GET", self._path))

    def wait(self, progress: Callable[[dict[str, Any]], object] | None = None) -> dict[str, Any]:
        """The job once it has ended, well or not: look at its ``status``.

        Args:
            progress: Called now and then with the job's ``progress``.
        """
        while True:
            job = dict(self._transport.json("GET", self._path, query={"wait": POLL_S}))
            if progress is not None:
                progress(job["progress"])
            if job["finishedAt"] is not None:
                return job

    def nuclei(
        self,
        dataset: str | None = None,
        bbox: Sequence[float] | None = None,
        classes: Sequence[str] | None = None,
        min_score: float | None = None,
    ) -> Nuclei:
        """Nuclei found so far.

        Args:
            dataset: One of the job; must be said where it has several.
            bbox: x0, y0, x1, y1 in pixels of level 0.
        """
        query = {
            "dataset": dataset,
            "bbox": bbox,
            "classes": classes,
            "minScore": min_score,
            "format": "json-columns",
        }
        path = f"{self._path}/detections"
        return Nuclei.of_columns(self._transport.json("GET", path, query=query))

    def download(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Writes all result files into a folder; a file has its name only when it is whole."""
        home = Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        return [self._download(export["name"], home) for export in self.get()["exports"]]

    def _download(self, name: str, home: Path) -> Path:
        path = home / Path(name).name
        part = path.with_name(f"{path.name}.part")
        url = f"{self._path}/exports/{urllib.parse.quote(name, safe='')}"
        with self._transport.send("GET", url) as answer, part.open("wb") as file:
            shutil.copyfileobj(answer, file)
        part.replace(path)
        return path

    def summary(self) -> dict[str, Any]:
        """Counts, densities and areas of an ended job."""
        return dict(self._transport.json("GET", f"{self._path}/summary"))

    def cancel(self) -> Mapping[str, Any]:
        """Ends it; what was found stays."""
        return dict(self._transport.json("POST", f"{self._path}/cancel", repeatable=False))

    def resume(self, **changes: object) -> Mapping[str, Any]:
        """Goes on with a job that was cancelled or failed.

        `changes` are options that it begins anew with on the slide that it has, as `mpp=0.25` or
        `dataset="ocelot"`; None takes one away.
        """
        path = f"{self._path}/resume"
        return dict(self._transport.json("POST", path, content=changes or None, repeatable=False))

    def delete(self) -> None:
        """Erases pixels, results and the record."""
        self._transport.send("DELETE", self._path).close()
