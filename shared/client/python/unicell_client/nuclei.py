"""A table of nuclei."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Nuclei:
    """Nuclei of one picture under one data set.

    Attributes:
        dataset: Id of the data set.
        mpp: Micrometres per pixel of the picture.
        x, y: Pixels of the picture, (0, 0) is its top left corner.
        classes: Name of each nucleus' class; ``None`` where it is unknown.
        scores: 0 to 1.
        model: Id and version of what found them.
    """

    dataset: str
    mpp: float
    x: Sequence[float]
    y: Sequence[float]
    classes: Sequence[str | None]
    scores: Sequence[float]
    model: Mapping[str, str]

    @classmethod
    def of_columns(cls, file: Mapping[str, Any]) -> Nuclei:
        """From the format ``json-columns``."""
        names, columns = file["dataset"]["classes"], file["nuclei"]
        classes = [None if k is None else names[k] for k in columns["class"]]
        return cls(
            file["dataset"]["id"],
            file["image"]["mpp"],
            [float(x) for x in columns["x"]],
            [float(y) for y in columns["y"]],
            classes,
            [float(score) for score in columns["score"]],
            file["model"],
        )

    def __len__(self) -> int:
        return len(self.x)

    def __iter__(self) -> Iterator[tuple[float, float, str | None, float]]:
        return iter(zip(self.x, self.y, self.classes, self.scores, strict=True))

    def counts(self) -> dict[str | None, int]:
        """How many there are of each class that was found."""
        return dict(Counter(self.classes))

    def to_dataframe(self) -> Any:
        """A ``pandas.DataFrame`` of x, y, class and score; its ``attrs`` say what they are of.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas

        columns = {"x": self.x, "y": self.y, "class": self.classes, "score": self.scores}
        frame = pandas.DataFrame(columns).astype({"class": "category"})
        frame.attrs.update(self._origin())
        return frame

    def to_geodataframe(self, unit: str = "pixel") -> Any:
        """A ``geopandas.GeoDataFrame`` of points with class and score.

        Args:
            unit: ``pixel`` of the picture, or ``um``: micrometres from its top left corner.

        Raises:
            ImportError: geopandas is not installed.
            ValueError: another unit.
        """
        if unit not in ("pixel", "um"):
            raise ValueError(f"unit is {unit!r}, not 'pixel' or 'um'")
        import geopandas

        frame = self.to_dataframe()
        scale = 1.0 if unit == "pixel" else self.mpp
        points = geopandas.points_from_xy(frame["x"] * scale, frame["y"] * scale)
        made = geopandas.GeoDataFrame(frame[["class", "score"]], geometry=points)
        made.attrs.update(self._origin(), unit=unit)
        return made

    def _origin(self) -> dict[str, Any]:
        return {"dataset": self.dataset, "mpp": self.mpp, "model": dict(self.model)}
