"""Set loss of the decoder: Hungarian matching of queries and nuclei, and contrastive denoising."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn import functional

from .dataset_part import FILLER, DatasetPart, Memory, Queries
from .dense import DenseMaps
from .prompt import PromptConstants
from .sampling import Crops

MATCH_LIMIT_PX = 10.0
"""A query farther than this from its nucleus is no match: it would learn to jump."""

POINT_COST_PX = 0.2
POINT_LOSS_PX = 0.25


@dataclass(frozen=True)
class Matches:
    """Matched pairs of a batch: (M,) picture, query and nucleus indices."""

    batch: Tensor
    query: Tensor
    nucleus: Tensor


def match(queries: Queries, crops: Crops, pool: ThreadPoolExecutor) -> Matches:
    """Assign nuclei to queries, one to one, at the least total cost (paper, equation 1).

    The cost of a pair is focal cost of the objectness, minus the probability of its class where
    that is known, plus the distance in pixels.
    """
    device = crops.points.device
    with torch.no_grad():
        logit = queries.objectness.float()
        p = logit.sigmoid()
        focal = functional.softplus(-logit) * (1 - p) ** 2 - functional.softplus(logit) * p**2
        probability = queries.classes.float().softmax(-1)
        labels = crops.classes.clamp(min=0)
        named = probability.gather(2, labels[:, None].expand(-1, p.shape[1], -1))
        named = named * (crops.classes >= 0)[:, None]
        distance = torch.cdist(queries.points.float(), crops.points)
        cost = focal.clamp(-8, 8)[..., None] - named + POINT_COST_PX * distance.clamp(max=40)
        # A pair beyond the limit, or of a query that stands for nothing, costs more than any other.
        cost = cost.masked_fill(distance > MATCH_LIMIT_PX, 100.0)
        cost = cost.masked_fill((logit <= FILLER / 2)[..., None], 200.0)
        host = cost.cpu().numpy()
        counts = crops.valid.sum(1).cpu().numpy()

    def solve(b: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        table = host[b, :, : counts[b]]
        rows, columns = linear_sum_assignment(table)
        kept = table[rows, columns] < 50
        return np.full(int(kept.sum()), b), rows[kept], columns[kept]

    solved = list(pool.map(solve, range(len(host))))
    stacked = [np.concatenate([s[i] for s in solved]) for i in range(3)]
    batch, query, nucleus = (torch.from_numpy(s).long().to(device) for s in stacked)
    return Matches(batch, query, nucleus)


def _focus(target: Tensor, logit: Tensor) -> Tensor:
    """Weight of a query's entropy: the root of how wrong it is.

    The root has no derivative at zero, where a query is exactly right; the entropy carries the
    gradient, and the weight is taken as it is.
    """
    return (target - logit.sigmoid()).abs().sqrt().detach()


def query_losses(
    stage: Queries, matches: Matches, crops: Crops, class_weight: Tensor, means: Mapping[str, float]
) -> dict[str, Tensor]:
    """Losses of the queries of one decoder layer under given matches.

    Args:
        stage, matches, crops: what was said, of what, and what is true.
        class_weight: (K,) weight of each class.
        means: ``nuclei``, ``own`` (nuclei of crops that are not borrowed) and ``named`` (nuclei of
            a known class) of a step on average.
    """
    target = torch.zeros_like(stage.objectness)
    target[matches.batch, matches.query] = 1.0
    ignored = crops.ignores(stage.points.detach()) & (target == 0)
    real = (stage.objectness > FILLER / 2) & ~ignored
    logit = stage.objectness.float().masked_fill(~real, 0.0)
    entropy = functional.binary_cross_entropy_with_logits(logit, target, reduction="none")
    counted = real & crops.own
    objectness = (entropy * _focus(target, logit) * counted).sum() / means["own"]
    points = stage.points[matches.batch, matches.query]
    nuclei = crops.points[matches.batch, matches.nucleus]
    distance = functional.smooth_l1_loss(points, nuclei, reduction="none", beta=1.0).sum()
    labels = crops.classes[matches.batch, matches.nucleus]
    logits = stage.classes[matches.batch, matches.query].float()
    classes = functional.cross_entropy(
        logits, labels.clamp(min=0), weight=class_weight, reduction="none"
    )
    known = (labels >= 0).float()
    return {
        "object": objectness,
        "point": POINT_LOSS_PX * distance / means["nuclei"],
        "class": (classes * known).sum() / means["named"],
    }


@dataclass(frozen=True)
class Denoising:
    """Noised copies of the nuclei that the decoder must repair or reject (paper, section on CDN).

    Attributes:
        queries, content: they enter the decoder before the ordinary queries.
        target: (B, N) 1 where the copy is to be repaired, 0 where it is to be rejected.
        points, classes: (B, N, 2), (B, N) what it was copied from.
        valid: (B, N) bool.
        group: queries per group; groups may not see each other.
    """

    queries: Queries
    content: Tensor
    target: Tensor
    points: Tensor
    classes: Tensor
    valid: Tensor
    group: int

    def counts(self) -> dict[str, float]:
        """What the sums of the losses are of."""
        repaired = (self.target > 0) & self.valid
        return {
            "repaired": float(repaired.sum()),
            "renamed": float((repaired & (self.classes >= 0)).sum()),
        }


def make_denoising(
    part: DatasetPart,
    maps: DenseMaps,
    memory: Memory,
    crops: Crops,
    constants: PromptConstants | None,
    dataset: int,
    groups: int,
    limit: int = 60,
) -> Denoising | None:
    """Noised copies: within 3 px to be repaired, 5 to 9 px off to be rejected, 1 in 4 relabelled.

    Their dense logits are those of the cell they land in, so that the decoder's residual means the
    same for them as for ordinary queries.
    """
    device = crops.points.device
    rank = torch.rand(crops.classes.shape, device=device).masked_fill(~crops.valid, 2.0)
    rows = rank.argsort(dim=1)[:, : min(limit, crops.classes.shape[1])]
    valid = crops.valid.gather(1, rows)
    if groups < 1 or not bool(valid.any()):
        return None
    points = crops.points.gather(1, rows[..., None].expand(-1, -1, 2))
    classes = crops.classes.gather(1, rows)
    reach = [(0.0, 3.0), (5.0, 9.0)] * groups
    copies = []
    for low, high in reach:
        angle = torch.rand(classes.shape, device=device) * 2 * torch.pi
        length = low + (high - low) * torch.rand(classes.shape, device=device)
        copies.append(points + torch.stack([angle.cos(), angle.sin()], -1) * length[..., None])
    noised = torch.cat(copies, 1).clamp(0.01, maps.side * maps.cell_px - 0.01)
    repeat = 2 * groups
    classes, valid = classes.repeat(1, repeat), valid.repeat(1, repeat)
    target = torch.cat(
        [torch.full_like(rows, 1 - i % 2, dtype=torch.float32) for i in range(repeat)], 1
    )
    shown = classes.clamp(min=0)
    count = part.class_counts[dataset]
    random = torch.randint(count, shown.shape, device=device)
    shown = torch.where(torch.rand(shown.shape, device=device) < 0.25, random, shown)
    column, row = (noised / maps.cell_px).long().unbind(-1)
    cell = row * maps.side + column
    token = (row // part.cells) * (maps.side // part.cells) + column // part.cells
    wide = cell[..., None].expand(-1, -1, maps.classes.shape[-1])
    objectness = maps.objectness.gather(1, cell).detach().clamp(min=-6)
    queries = Queries(
        torch.where(valid, objectness, torch.full_like(objectness, FILLER)),
        maps.classes.gather(1, wide).detach(),
        noised,
    )
    embedded = part.label_embedding[dataset][shown] * (classes >= 0)[..., None]
    content = part.content_of(memory, token, constants) + embedded
    return Denoising(
        queries, content, target, points.repeat(1, repeat, 1), classes, valid, 2 * rows.shape[1]
    )


def blocked_pairs(noised: int, group: int, ordinary: int, device: torch.device) -> Tensor:
    """(N + Q, N + Q) bool: ordinary queries see no noised ones, groups do not see each other."""
    owner = torch.arange(noised, device=device) // group
    owner = torch.cat([owner, torch.full((ordinary,), -1, device=device)])
    foreign = owner[None, :] != owner[:, None]
    return foreign & (owner[None, :] >= 0)


def denoising_losses(
    stage: Queries, noise: Denoising, class_weight: Tensor, means: Mapping[str, float]
) -> dict[str, Tensor]:
    """Losses of the noised queries of one decoder layer.

    ``means`` holds ``repaired`` and ``renamed``: copies to be repaired of a step on average, and
    those of a known class.
    """
    valid = noise.valid.float()
    repaired = noise.target * valid
    logit = stage.objectness.float().masked_fill(~noise.valid, 0.0)
    entropy = functional.binary_cross_entropy_with_logits(logit, noise.target, reduction="none")
    weight = _focus(noise.target, logit) * valid
    distance = functional.smooth_l1_loss(
        stage.points, noise.points, reduction="none", beta=1.0
    ).sum(-1)
    known = repaired * (noise.classes >= 0)
    classes = functional.cross_entropy(
        stage.classes.float().flatten(0, 1),
        noise.classes.clamp(min=0).flatten(),
        weight=class_weight,
        reduction="none",
    ).view_as(known)
    return {
        "dn_object": (entropy * weight).sum() / means["repaired"],
        "dn_point": POINT_LOSS_PX * (distance * repaired).sum() / means["repaired"],
        "dn_class": (classes * known).sum() / means["renamed"],
    }
