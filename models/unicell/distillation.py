"""Distillation: a student's dense maps are drawn to what teachers said of the same pictures.

They were asked before, of pictures as they were scanned (:mod:`unicell.lessons`), so the student
learns what they may not know: that a nucleus has the same name in another stain. A head also learns
from crops of the other data sets, which nobody labelled for it: a data set of few pictures gains
those of all.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .dataset_part import FILLER, Queries
from .dense import DenseMaps
from .lessons import Lessons
from .preset import Preset


class Distillation:
    """What a student learns from lessons, and how much.

    The teachers need not know all data sets of the student: crops of the others were seen under
    the heads that they have all the same, and only the head of such a data set learns nothing.

    Attributes:
        heads: of the student, those whose data sets the teachers know.
    """

    def __init__(self, lessons: Lessons, student: Preset, own: float, across: float = 0.0) -> None:
        """Take lessons for a student.

        Args:
            own: weight under the label set of a crop.
            across: weight under another label set, drawn anew for every step; 0 leaves it out.

        Raises:
            ValueError: nothing in common, a data set with other classes, or another resolution.
        """
        theirs = {head.id: head.classes for head in lessons.heads}
        mine = {d.id: d.classes for d in student.datasets}
        if not theirs.keys() & mine.keys() or any(
            classes != mine.get(name, classes) for name, classes in theirs.items()
        ):
            raise ValueError(
                f"the lessons in {lessons.folder} are of {theirs}, the student is to learn {mine}: "
                "what both know must have the same classes, and that must be something"
            )
        if lessons.mpp != student.mpp:
            raise ValueError(
                f"the lessons in {lessons.folder} are of pictures at {lessons.mpp} um per pixel, "
                f"the student sees {student.mpp}"
            )
        self.own, self.across = own, across
        self._channels = {
            i: lessons.channels(d.id) for i, d in enumerate(student.datasets) if d.id in theirs
        }
        self.heads = list(self._channels)

    def draw_heads(self, dataset: int) -> list[int]:
        """The heads that learn from crops of a data set; its own first, if the teachers know it."""
        drawn = [dataset] if self.own and dataset in self.heads else []
        others = [head for head in self.heads if head != dataset]
        if self.across and others:
            drawn.append(others[int(torch.randint(len(others), ()))])
        return drawn

    def losses(
        self, student: DenseMaps, lessons: Tensor, head: int, own: bool
    ) -> dict[str, Tensor]:
        """Weighted losses of one head on crops.

        Args:
            student: its maps under the head.
            lessons: (B, C, side, side), all channels at the student's cells.
            head: of the student.
            own: whether the crops are of the head's data set.
        """
        told = lessons[:, self._channels[head]].flatten(2)
        weight, name = (self.own, "distill") if own else (self.across, "across")
        return {
            f"{name}_{key}": weight * value
            for key, value in distillation_losses(student, told[:, 0], told[:, 1:]).items()
        }

    def name_loss(self, queries: Queries, lessons: Tensor, head: int, side_px: float) -> Tensor:
        """Weighted loss of the names of a decoder's queries, under the crops' own label set.

        Args:
            queries: at one stage, of crops of ``side_px`` pixels.
            lessons: (B, C, side, side), all channels.
            head: of the student, one of :attr:`heads`.
        """
        grid = queries.points.detach().float() / side_px * 2 - 1
        told = functional.grid_sample(
            lessons[:, self._channels[head]],
            grid[:, :, None],
            padding_mode="border",
            align_corners=False,
        )[..., 0]
        real = queries.objectness > FILLER / 2
        weight = told[:, 0].sigmoid().sqrt() * real
        return self.own * names_differ(queries.classes, told[:, 1:], weight)


def names_differ(student: Tensor, names: Tensor, weight: Tensor) -> Tensor:
    """Mean divergence of a student's classes from a teacher's.

    Args:
        student: (B, N, M) logits; those beyond the teacher's K classes are padding.
        names: (B, K, N) logarithms of probabilities.
        weight: (B, N).
    """
    classes = student[..., : names.shape[1]].float().log_softmax(-1)
    told = names.transpose(1, 2).log_softmax(-1)
    differ = functional.kl_div(classes, told, reduction="none", log_target=True).sum(-1)
    return (differ * weight).sum() / weight.sum().clamp(min=1)


def distillation_losses(student: DenseMaps, objectness: Tensor, names: Tensor) -> dict[str, Tensor]:
    """Losses that draw a student's dense maps to a teacher's at the same cells.

    Objectness is a soft target; classes count where the teacher sees a nucleus. Places are for the
    labels to teach.

    Args:
        student: its maps; logits beyond the teacher's classes are padding.
        objectness: (B, N) logits.
        names: (B, K, N) logarithms of probabilities.
    """
    target = objectness.sigmoid()
    logit = student.objectness.float()
    gap = (target - logit.sigmoid()).abs() ** 2
    entropy = functional.binary_cross_entropy_with_logits(logit, target, reduction="none")
    return {
        "object": (entropy * gap).sum() / target.sum().clamp(min=1),
        "class": names_differ(student.classes, names, target.sqrt()),
    }
