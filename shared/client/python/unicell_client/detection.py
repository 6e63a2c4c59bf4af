"""The answer to a picture."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .nuclei import Nuclei


@dataclass(frozen=True)
class Detection:
    """What was found in a picture, under one data set or several.

    Attributes:
        answer: As it came: image, model, areas, and per data set counts and densities.
        results: Nuclei by data set. They are readings of the same cells: do not add them up.
    """

    answer: Mapping[str, Any]
    results: Mapping[str, Nuclei]

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Detection:
        """From the JSON answer in the layout ``columns``; what it warns of, Python warns of."""
        for warning in answer["warnings"]:
            warnings.warn(f"{warning['code']}: {warning['detail']}", stacklevel=4)
        files: Sequence[Mapping[str, Any]] = answer["results"]
        return cls(answer, {file["dataset"]["id"]: Nuclei.of_columns(file) for file in files})

    def nuclei(self, dataset: str | None = None) -> Nuclei:
        """Of one data set; which must be said where there are several.

        Raises:
            KeyError: another data set, or none where there are several.
        """
        if dataset is None and len(self.results) == 1:
            return next(iter(self.results.values()))
        if dataset is not None and dataset in self.results:
            return self.results[dataset]
        raise KeyError(f"dataset is {dataset!r}; the answer has {', '.join(self.results)}")

    def to_dataframe(self, dataset: str | None = None) -> Any:
        """:meth:`Nuclei.to_dataframe` of a data set."""
        return self.nuclei(dataset).to_dataframe()

    def to_geodataframe(self, dataset: str | None = None, unit: str = "pixel") -> Any:
        """:meth:`Nuclei.to_geodataframe` of a data set."""
        return self.nuclei(dataset).to_geodataframe(unit)

    def density(self, dataset: str | None = None) -> dict[str, float]:
        """Nuclei per square millimetre by class."""
        wanted = self.nuclei(dataset).dataset
        [found] = [d for d in self.answer["datasets"] if d["id"] == wanted]
        return {one["name"]: one["perMm2"] for one in found["classes"]}
