"""Distillation: a student's dense maps are drawn to a teacher's on the same crops.

A teacher has an opinion on every picture under every label set. So a head of the student also
learns from crops of the other data sets, which nobody labelled for it: a data set of few pictures
gains those of all.
"""

from __future__ import annotations

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
            ValueError: the two have other data sets.
        """
        mine, theirs = (
            [(d.id, d.classes) for d in model.preset.datasets] for model in (self.model, student)
        )
        if mine != theirs:
            raise ValueError(
                f"the teacher knows {mine}, the student is to learn {theirs}: they must be the same"
            )

    def draw_heads(self, dataset: int, count: int) -> list[int]:
        """The heads that learn from a crop of one of ``count`` data sets: its own comes first."""
        heads = [dataset] if self.own else []
        if self.across and count > 1:
            heads.append((dataset + int(torch.randint(1, count, ()))) % count)
        return heads

    @torch.no_grad()
    def guide(self, images: Tensor, head: int) -> DenseMaps:
        """The teacher's dense maps of (B, 3, S, S) in -1..1 under a head."""
        finest, coarse = self.model.trunk(images)
        return self.model.part.first_stage(finest, coarse, head)[1]

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
