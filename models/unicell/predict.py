"""Whole pictures through the model, window by window, as the TypeScript path does it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.spatial import cKDTree

from .data import LabelledImage
from .guided import GuidedUniCell, normalise
from .windows import plan_axis

FLOOR = 0.05
"""Candidates under this score are not kept; no threshold lies below it."""

INSIDE_PX = 1 / 16
"""How far inside the right and lower border a centre lies at least, as in ``decode.ts``."""


@dataclass(frozen=True)
class Candidates:
    """Scored points of one picture.

    Attributes:
        points: (N, 2) x, y in pixels.
        scores: (N,) sigmoid of the objectness.
        logits: (N, K) class logits.
    """

    points: npt.NDArray[np.float32]
    scores: npt.NDArray[np.float32]
    logits: npt.NDArray[np.float32]

    def take(self, index: npt.NDArray[np.int64]) -> Candidates:
        """The candidates of an index."""
        return Candidates(self.points[index], self.scores[index], self.logits[index])


def predict(
    model: GuidedUniCell,
    picture: LabelledImage,
    dataset: int,
    *,
    halo: int | None = None,
    batch: int = 8,
    decode: bool = True,
) -> Candidates:
    """All candidates of a picture at the model's resolution; the model's halo if none is given."""
    window = model.preset.model.window
    halo = model.preset.model.halo if halo is None else halo
    height, width = picture.rgb.shape[:2]
    device = next(model.parameters()).device
    spans = [
        (row, column)
        for row in plan_axis(height, window, halo)
        for column in plan_axis(width, window, halo)
    ]
    kept: list[Candidates] = []
    classes = model.part.class_counts[dataset]
    for first in range(0, len(spans), batch):
        chosen = spans[first : first + batch]
        views = np.full((len(chosen), window, window, 3), 255, dtype=np.uint8)
        for view, (row, column) in zip(views, chosen, strict=True):
            seen = picture.rgb[row.start : row.start + window, column.start : column.start + window]
            view[: seen.shape[0], : seen.shape[1]] = seen
        tensor = torch.from_numpy(views).to(device).permute(0, 3, 1, 2).float()
        with torch.no_grad():
            queries = model(normalise(tensor), dataset, decode=decode)
        points = queries.points.float().cpu().numpy().clip(0, window)
        scores = queries.objectness.float().sigmoid().cpu().numpy()
        logits = queries.classes[..., :classes].float().cpu().numpy()
        for i, (row, column) in enumerate(chosen):
            place = points[i] + np.array([column.start, row.start], dtype=np.float32)
            place = place.clip(0, np.array([width, height], dtype=np.float32) - INSIDE_PX)
            x, y = place.T
            owned = (x >= column.low) & (x < column.high) & (y >= row.low) & (y < row.high)
            owned &= scores[i] >= FLOOR
            kept.append(Candidates(place[owned], scores[i][owned], logits[i][owned]))
    return Candidates(
        np.concatenate([c.points for c in kept]),
        np.concatenate([c.scores for c in kept]),
        np.concatenate([c.logits for c in kept]),
    )


def suppress(candidates: Candidates, radius_px: float) -> Candidates:
    """Of two candidates closer than the radius the higher score stays."""
    order = np.argsort(-candidates.scores, kind="stable")
    ranked = candidates.take(order)
    if len(order) == 0:
        return ranked
    alive = np.ones(len(order), dtype=bool)
    pairs = cKDTree(ranked.points).query_pairs(radius_px, output_type="ndarray")
    neighbours: dict[int, list[int]] = {}
    for a, b in pairs:
        neighbours.setdefault(int(a), []).append(int(b))
    for a in range(len(order)):
        if alive[a]:
            alive[neighbours.get(a, [])] = False
    return ranked.take(np.nonzero(alive)[0])
