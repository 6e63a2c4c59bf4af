"""The losses (UniCell spec section 12.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from . import processes
from .config import LossConfig
from .denoising import DenoisingQueries
from .matching import FOCAL_ALPHA, FOCAL_GAMMA, Assignment, match
from .targets import UNKNOWN_CLASS, Targets


@dataclass(frozen=True)
class StageOutputs:
    """Class logits (B, Q, classes) and normalised points (B, Q, 2) of one stage."""

    logits: Tensor
    points: Tensor

    def split(self, denoising: int) -> tuple[StageOutputs, StageOutputs]:
        """The denoising queries, which come first, and the others."""
        return (
            StageOutputs(self.logits[:, :denoising], self.points[:, :denoising]),
            StageOutputs(self.logits[:, denoising:], self.points[:, denoising:]),
        )


def sigmoid_focal_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Focal loss per logit for targets of 0 and 1 (Lin et al. 2017)."""
    probability = logits.sigmoid()
    entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    right = probability * targets + (1.0 - probability) * (1.0 - targets)
    alpha = FOCAL_ALPHA * targets + (1.0 - FOCAL_ALPHA) * (1.0 - targets)
    return alpha * (1.0 - right) ** FOCAL_GAMMA * entropy


def stage_losses(
    outputs: StageOutputs,
    assignment: Assignment,
    config: LossConfig,
    class_weight: float = 1.0,
    ignored: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Class loss and point loss of a batch, each divided by the number of nuclei in it.

    Where several processes train, the number is their mean (spec 12.6). Queries that stand for
    nothing should have no class; those that stand for a nucleus of unknown class are left out of
    the class loss, and so are those that stand for nothing at an ignored place.

    Args:
        outputs, assignment, config, class_weight: See there.
        ignored: (B, Q), true where a query points at an ignored place.
    """
    logits, points = outputs.logits.float(), outputs.points.float()
    positive = assignment.positive
    count = processes.mean(positive.sum().float()).clamp(min=1.0)
    known = assignment.labels != UNKNOWN_CLASS
    wanted = F.one_hot(assignment.labels.clamp(min=0), logits.shape[-1]) * known[..., None]
    counted = known | ~positive if ignored is None else known | ~(positive | ignored)
    class_loss = (
        sigmoid_focal_loss(logits, wanted.to(logits.dtype)) * counted[..., None]
    ).sum() / count
    difference = points[positive] - assignment.points[positive]
    if config.distance == "l1":
        point_loss = difference.abs().sum() / count
    else:
        # The small number keeps the gradient of an exact hit finite.
        point_loss = (difference.square().sum(-1) + 1e-12).sqrt().sum() / count
    return config.class_weight * class_weight * class_loss, config.point_weight * point_loss


def ignored_queries(points: Tensor, targets: Sequence[Targets]) -> Tensor | None:
    """(B, Q): which of the points (B, Q, 2) lie in boxes that are ignored; ``None`` without any."""
    if all(target.ignored is None for target in targets):
        return None
    places = points.detach().float()
    return torch.stack([t.ignores(own) for t, own in zip(targets, places, strict=True)])


def total_losses(
    encoder: StageOutputs,
    decoder: Sequence[StageOutputs],
    denoising: DenoisingQueries,
    targets: Sequence[Targets],
    config: LossConfig,
    class_weight: float = 1.0,
) -> dict[str, Tensor]:
    """All terms; their sum is what training minimises.

    Args:
        encoder: The selected proposals.
        decoder: Per layer, denoising queries first.
        denoising: The denoising queries that went in.
        targets: Per picture.
        class_weight: Balance factor of the data set; it does not touch denoising.

    Returns:
        ``encoder.class``, ``encoder.point``, and per layer i ``decoder.i.class``,
        ``decoder.i.point``, ``denoising.i.class``, ``denoising.i.point``.
    """
    terms: dict[str, Tensor] = {}

    def add(name: str, outputs: StageOutputs, assignment: Assignment, weight: float) -> None:
        ignored = ignored_queries(outputs.points, targets)
        losses = stage_losses(outputs, assignment, config, weight, ignored)
        terms[f"{name}.class"], terms[f"{name}.point"] = losses

    found = match(encoder.logits, encoder.points, targets, config)
    add("encoder", encoder, found, class_weight)
    for i, outputs in enumerate(decoder):
        noisy, matched = outputs.split(denoising.count)
        found = match(matched.logits, matched.points, targets, config)
        add(f"decoder.{i}", matched, found, class_weight)
        add(f"denoising.{i}", noisy, denoising.assignment, 1.0)
    return terms


def sum_losses(terms: dict[str, Tensor]) -> Tensor:
    """The sum of all terms."""
    return torch.stack(list(terms.values())).sum()
