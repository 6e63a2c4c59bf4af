"""The dense-guided UniCell: trunk and data set part together."""

from __future__ import annotations

from torch import Tensor, nn

from .dataset_part import DatasetPart, Queries
from .preset import Preset
from .trunk import Trunk


class GuidedUniCell(nn.Module):
    """UniCell whose first stage is supervised at every cell, for windows of a fixed size.

    The architecture is the paper's: backbone, channel mapper, deformable encoder, Dynamic Prompt
    Module on the features, two-stage query selection, decoder with point refinement, heads per
    data set. What differs, and why, is in docs/model.md: a finer level joins the encoder's,
    queries are local maxima of a densely supervised map with data-dependent content, and the
    decoder predicts residuals.
    """

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        self.preset = preset
        self.trunk = Trunk(preset.model)
        self.part = DatasetPart(preset)

    def forward(self, image: Tensor, dataset: int, decode: bool = True) -> Queries:
        """Candidate nuclei of windows (B, 3, W, W) in -1..1 under one data set."""
        finest, coarse = self.trunk(image)
        queries: Queries = self.part(
            finest, coarse, dataset, self.preset.model.queries, decode=decode
        )
        return queries


def normalise(rgb: Tensor) -> Tensor:
    """RGB in 0..255 to the network's -1..1."""
    return rgb / 127.5 - 1
