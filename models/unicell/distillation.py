"""Distillation: a student's dense maps are drawn to a teacher's on the same crops.

The teacher sees each crop before its colours and its focus were changed, so the student learns what
it may not know: that a nucleus has the same name in another stain.

A teacher has an opinion on every picture under every label set. So a head of the student also
learns from crops of the other data sets, which nobody labelled for it: a data set of few pictures
gains those of all.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .dense import DenseMaps
from .guided import GuidedUniCell
from .preset import Preset


class Teacher:
    """A trained model to learn from.

    It need not know all data sets of the student: crops of the others are seen by its heads all the
    same, and only their own head learns nothing from it.

    Attributes:
        heads: by head of the student, the teacher's for the same data set.
        window: side of the only images that it takes, in pixels; ``None`` where it takes any. A
            trunk of an older architecture is made for one (``shapes``), and sees a smaller crop
            in the corner of a white window.
    """

    def __init__(
        self, model: GuidedUniCell, student: Preset, own: float, across: float = 0.0
    ) -> None:
        """Take a model in evaluation mode, on the device of the student.

        Args:
            own: weight of its maps under the label set of a crop.
            across: weight of its maps under another label set, drawn anew for every step; 0 leaves
                them out.

        Raises:
            ValueError: the two have no data set in common, or one with other classes.
        """
        theirs = {d.id: (head, d.classes) for head, d in enumerate(model.preset.datasets)}
        mine = {d.id: d.classes for d in student.datasets}
        if not theirs.keys() & mine.keys() or any(
            classes != mine.get(name, classes) for name, (_, classes) in theirs.items()
        ):
            known = {name: classes for name, (_, classes) in theirs.items()}
            raise ValueError(
                f"the teacher knows {known}, the student is to learn {mine}: what both know must "
                "have the same classes, and that must be something"
            )
        self.model = model
        self.own, self.across = own, across
        self.heads = {i: theirs[d.id][0] for i, d in enumerate(student.datasets) if d.id in theirs}
        self.class_counts = [len(d.classes) for d in student.datasets]
        self.window = model.preset.model.window if hasattr(model.trunk, "shapes") else None

    def draw_heads(self, dataset: int, side: int) -> list[int]:
        """The student's heads that learn from crops of a data set, of a side in pixels.

        Its own comes first, where the teacher knows it.
        """
        if self.window is not None and side > self.window:
            return []
        drawn = [dataset] if self.own and dataset in self.heads else []
        others = [head for head in self.heads if head != dataset]
        if self.across and others:
            drawn.append(others[int(torch.randint(len(others), ()))])
        return drawn

    @torch.no_grad()
    def guides(self, images: Tensor, heads: list[int]) -> list[DenseMaps]:
        """The teacher's dense maps of (B, 3, S, S) in -1..1 under heads of the student."""
        if not heads:
            return []
        side = images.shape[-1]
        window = self.window or side
        room = (0, window - side)
        finest, coarse = self.model.trunk(functional.pad(images, room * 2, value=1.0))
        seen = [self.model.part.first_stage(finest, coarse, self.heads[head])[1] for head in heads]
        return [_own(maps).corner(maps.side * side // window) for maps in seen]

    def losses(
        self, student: DenseMaps, guide: DenseMaps, head: int, own: bool
    ) -> dict[str, Tensor]:
        """Weighted losses of one head on the crops of one data set; cells may differ in size."""
        guide = guide.resampled(student.side)
        weight, name = (self.own, "distill") if own else (self.across, "across")
        return {
            f"{name}_{key}": weight * value
            for key, value in distillation_losses(student, guide, self.class_counts[head]).items()
        }


def _own(maps: DenseMaps) -> DenseMaps:
    """The same maps as this package has them; they may come from another version of it."""
    return DenseMaps(maps.objectness, maps.offsets, maps.classes, maps.side, maps.cell_px)


def distillation_losses(student: DenseMaps, teacher: DenseMaps, classes: int) -> dict[str, Tensor]:
    """Losses that draw a student's dense maps to a teacher's on the same crops (same cells).

    Only the first ``classes`` logits are of the data set; the rest are padding, which two models
    may have different amounts of. Objectness is a soft target, offsets and classes count where the
    teacher sees a nucleus.
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
    names = functional.kl_div(
        student.classes[..., :classes].float().log_softmax(-1),
        teacher.classes[..., :classes].float().softmax(-1),
        reduction="none",
    ).sum(-1)
    return {
        "object": (entropy * gap).sum() / target.sum().clamp(min=1),
        "offset": (distance * weight).sum() / scale,
        "class": (names * weight).sum() / scale,
    }
