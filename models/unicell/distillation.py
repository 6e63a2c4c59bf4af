"""Distillation: a student's dense maps are drawn to a teacher's on the same crops.

A teacher has an opinion on every picture under every label set. So a head of the student also
learns from crops of the other data sets, which nobody labelled for it: a data set of few pictures
gains those of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from .dense import DenseMaps
from .guided import GuidedUniCell


@dataclass(frozen=True)
class Teacher:
    """A trained model to learn from.

    Attributes:
        model: in evaluation mode, on the device of the student.
        own: weight of its maps under the label set of a crop.
        across: weight of its maps under another label set, drawn anew for every step; 0 leaves
            them out.
    """

    model: GuidedUniCell
    own: float
    across: float = 0.0

    def check(self, student: GuidedUniCell) -> None:
        """Refuse a student that this teacher cannot guide.

        Raises:
            ValueError: the two have other data sets or windows.
        """
        mine, theirs = (
            [(d.id, d.classes) for d in model.preset.datasets] for model in (self.model, student)
        )
        if mine != theirs:
            raise ValueError(
                f"the teacher knows {mine}, the student is to learn {theirs}: they must be the same"
            )
        windows = (self.model.preset.model.window, student.preset.model.window)
        if windows[0] != windows[1]:
            raise ValueError(
                f"the teacher has windows of {windows[0]} px, the student of {windows[1]} px: "
                "they must be the same"
            )

    def draw_heads(self, datasets: int) -> list[list[int]]:
        """For the crops of each data set, the heads that learn from them: its own comes first."""
        heads = [[dataset] for dataset in range(datasets)]
        if self.across and datasets > 1:
            for dataset, asked in enumerate(heads):
                step = int(torch.randint(1, datasets, ()))
                asked.append((dataset + step) % datasets)
        return heads

    @torch.no_grad()
    def guides(
        self, images: Tensor, crops: Sequence[int], heads: Sequence[Sequence[int]]
    ) -> list[list[DenseMaps]]:
        """The teacher's dense maps.

        Args:
            images: (B, 3, W, W) in -1..1, data set by data set.
            crops: how many of them are of each data set.
            heads: for the crops of each data set, the heads to ask.
        """
        part = self.model.part
        finest, coarse = (maps.split(list(crops)) for maps in self.model.trunk(images))
        return [
            [part.first_stage(finest[i], coarse[i], head)[1] for head in asked]
            for i, asked in enumerate(heads)
        ]

    def losses(self, student: DenseMaps, guide: DenseMaps, own: bool) -> dict[str, Tensor]:
        """Weighted losses of one head on the crops of one data set; cells may differ in size."""
        guide = guide.resampled(student.side)
        weight, name = (self.own, "distill") if own else (self.across, "across")
        return {
            f"{name}_{key}": weight * value
            for key, value in distillation_losses(student, guide).items()
        }


def distillation_losses(student: DenseMaps, teacher: DenseMaps) -> dict[str, Tensor]:
    """Losses that draw a student's dense maps to a teacher's on the same crops (same cells).

    Objectness is a soft target, offsets and classes count where the teacher sees a nucleus.
    """
    target = teacher.objectness.float().sigmoid()
    logit = student.objectness.float()
    gap = (target - logit.sigmoid()).abs() ** 2
    entropy = functional.binary_cross_entropy_with_logits(logit, target, reduction="none")
    weight = target.sqrt()
    scale = weight.sum().clamp(min=1)
    distance = functional.smooth_l1_loss(
        student.offsets.float(), teacher.offsets.float(), reduction="none", beta=1.0
    ).sum(-1)
    classes = functional.kl_div(
        student.classes.float().log_softmax(-1),
        teacher.classes.float().softmax(-1),
        reduction="none",
    ).sum(-1)
    return {
        "object": (entropy * gap).sum() / target.sum().clamp(min=1),
        "offset": (distance * weight).sum() / scale,
        "class": (classes * weight).sum() / scale,
    }
