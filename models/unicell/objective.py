"""The training objective of the dense-guided UniCell for one batch of every data set."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from .dataset_part import Queries
from .dense import DenseMaps, dense_losses, dense_targets
from .distillation import Teacher
from .guided import GuidedUniCell, normalise
from .prompt import PromptConstants
from .sampling import Crops
from .set_loss import (
    blocked_pairs,
    denoising_losses,
    make_denoising,
    match,
    query_losses,
)


class Objective:
    """Runs the model on crops of all data sets and sums its losses.

    The trunk sees the crops of all data sets as one batch; the data set part then runs per data
    set, as in the paper, where a batch is of one data set.
    """

    def __init__(
        self,
        model: GuidedUniCell,
        class_weight: list[Tensor],
        teacher: Teacher | None = None,
    ) -> None:
        """Class weights (K,) per data set, and a teacher to learn from beside the labels."""
        self.model = model
        self.teacher = teacher
        if teacher is not None:
            teacher.check(model)
        most = max(model.part.class_counts)
        device = next(model.parameters()).device
        self.class_weight = [
            torch.cat([w, w.new_ones(most - len(w))]).to(device) for w in class_weight
        ]
        self.pool = ThreadPoolExecutor()

    def __call__(self, batches: list[Crops], decode: bool) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss to minimise, and the mean of each term over the data sets for the log."""
        images = normalise(torch.cat([crops.images for crops in batches]))
        images = images.contiguous(memory_format=torch.channels_last)
        finest, coarse = self.model.trunk(images)
        sizes = [len(crops.images) for crops in batches]
        guides: list[list[DenseMaps]] = [[] for _ in batches]
        heads: list[list[int]] = [[] for _ in batches]
        if self.teacher is not None:
            heads = self.teacher.draw_heads(len(batches))
            guides = self.teacher.guides(images, sizes, heads)
        terms: dict[str, Tensor] = defaultdict(lambda: images.new_zeros(()))
        parts = zip(finest.split(sizes), coarse.split(sizes), strict=True)
        for dataset, (crops, levels) in enumerate(zip(batches, parts, strict=True)):
            asked = list(zip(heads[dataset], guides[dataset], strict=True))
            losses = self._dataset(dataset, crops, *levels, asked, decode)
            for name, value in losses.items():
                terms[name] = terms[name] + value / len(batches)
        total = torch.stack([self._weight(name) * value for name, value in terms.items()]).sum()
        return total, {name: value.detach() for name, value in terms.items()}

    def _weight(self, term: str) -> float:
        """Weight of a term of the loss, by what it is about."""
        config = self.model.preset.train
        if "offset" in term or "point" in term:
            return config.offset_weight
        return config.name_weight if "class" in term else 1.0

    def _dataset(
        self,
        dataset: int,
        crops: Crops,
        finest: Tensor,
        coarse: Tensor,
        guides: list[tuple[int, DenseMaps]],
        decode: bool,
    ) -> dict[str, Tensor]:
        part = self.model.part
        memory, maps, constants = part.first_stage(finest, coarse, dataset)
        weight = self.class_weight[dataset]
        targets = dense_targets(crops, maps.side, maps.cell_px)
        losses = dense_losses(maps, targets, weight, crops.valid.sum())
        for head, guide in guides:
            assert self.teacher is not None
            own = head == dataset
            seen = maps if own else part.first_stage(finest, coarse, head)[1]
            losses.update(self.teacher.losses(seen, guide, own))
        if decode and len(part.layers):
            losses.update(self._decoder(dataset, crops, memory, maps, constants))
        return losses

    def _decoder(
        self,
        dataset: int,
        crops: Crops,
        memory: Tensor,
        maps: DenseMaps,
        constants: PromptConstants | None,
    ) -> dict[str, Tensor]:
        part = self.model.part
        config = self.model.preset
        weight = self.class_weight[dataset]
        queries, token = part.select(maps, config.model.train_queries)
        content = part.content_of(memory, token, constants)
        noise = make_denoising(
            part, maps, memory, crops, constants, dataset, config.train.denoising_groups
        )
        blocked, noised = None, 0
        if noise is not None:
            noised = noise.valid.shape[1]
            ordinary = queries.objectness.shape[1]
            blocked = blocked_pairs(noised, noise.group, ordinary, maps.objectness.device)
            queries = join(noise.queries, queries)
            content = torch.cat([noise.content, content], 1)
        stages = part.refine(queries, content, memory, dataset, blocked)
        ordinary_stages = [cut(stage, noised, None) for stage in stages]
        matches = match(ordinary_stages[-1], crops, self.pool)
        losses: dict[str, Tensor] = {}
        for i, stage in enumerate(stages):
            terms = query_losses(ordinary_stages[i], matches, crops, weight)
            if noise is not None:
                terms |= denoising_losses(cut(stage, 0, noised), noise, weight)
            for name, value in terms.items():
                losses[f"{name}{i}"] = value
        return losses


def join(a: Queries, b: Queries) -> Queries:
    """Queries of ``a``, then of ``b``."""
    return Queries(
        torch.cat([a.objectness, b.objectness], 1),
        torch.cat([a.classes, b.classes], 1),
        torch.cat([a.points, b.points], 1),
    )


def cut(queries: Queries, start: int, stop: int | None) -> Queries:
    """Queries ``start`` to ``stop``."""
    return Queries(
        queries.objectness[:, start:stop],
        queries.classes[:, start:stop],
        queries.points[:, start:stop],
    )
