"""Hungarian matching of queries and nuclei (UniCell spec section 12.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from .config import LossConfig
from .targets import UNKNOWN_CLASS, Targets

FOCAL_ALPHA = 0.25
FOCAL_GAMMA = 2.0
_EPS = 1e-12
_NO_COST = 1e6


@dataclass(frozen=True)
class Assignment:
    """What every query of a batch should say.

    Attributes:
        positive: (B, Q), true where a query stands for a nucleus.
        labels: (B, Q) int64, its class; :data:`UNKNOWN_CLASS` elsewhere and where nobody stated it.
        points: (B, Q, 2), its centre; zero elsewhere.
    """

    positive: Tensor
    labels: Tensor
    points: Tensor

    @staticmethod
    def empty(batch: int, queries: int, device: torch.device) -> Assignment:
        """No query stands for anything."""
        return Assignment(
            torch.zeros(batch, queries, dtype=torch.bool, device=device),
            torch.full((batch, queries), UNKNOWN_CLASS, device=device),
            torch.zeros(batch, queries, 2, device=device),
        )


def matching_cost(logits: Tensor, points: Tensor, targets: Targets, config: LossConfig) -> Tensor:
    """Cost of giving each nucleus of a picture to each query: (Q, n).

    Args:
        logits: (Q, classes).
        points: (Q, 2), normalised.
    """
    probability = logits.float().sigmoid()
    found = -(probability + _EPS).log() * FOCAL_ALPHA * (1.0 - probability) ** FOCAL_GAMMA
    missed = -(1.0 - probability + _EPS).log() * (1.0 - FOCAL_ALPHA) * probability**FOCAL_GAMMA
    per_class = found - missed
    unknown = targets.labels == UNKNOWN_CLASS
    class_cost = torch.where(
        unknown, per_class.amin(1, keepdim=True), per_class[:, targets.labels.clamp(min=0)]
    )
    p = 1.0 if config.distance == "l1" else 2.0
    point_cost = torch.cdist(
        points.float(), targets.points, p=p, compute_mode="donot_use_mm_for_euclid_dist"
    )
    return config.class_cost * class_cost + config.point_cost * point_cost


@torch.no_grad()
def match(
    logits: Tensor, points: Tensor, targets: Sequence[Targets], config: LossConfig
) -> Assignment:
    """Gives every nucleus the query that makes the sum of all costs smallest.

    Args:
        logits: (B, Q, classes).
        points: (B, Q, 2), normalised.
        targets: Per picture.
    """
    assignment = Assignment.empty(logits.shape[0], logits.shape[1], logits.device)
    for i, target in enumerate(targets):
        cost = matching_cost(logits[i], points[i], target, config)
        # Outputs that are not finite may be matched anyhow: their loss is not finite either.
        finite = cost.cpu().nan_to_num(nan=_NO_COST, posinf=_NO_COST, neginf=-_NO_COST)
        queries, nuclei = (torch.from_numpy(x) for x in linear_sum_assignment(finite.numpy()))
        assignment.positive[i, queries] = True
        assignment.labels[i, queries] = target.labels[nuclei]
        assignment.points[i, queries] = target.points[nuclei]
    return assignment
