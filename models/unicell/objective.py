"""The training objective of the dense-guided UniCell for a batch of one data set."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from .dataset_part import Memory, Queries
from .dense import DenseMaps, dense_losses, dense_targets
from .distillation import Distillation
from .guided import GuidedUniCell, normalise
from .prompt import PromptConstants
from .running_means import RunningMeans
from .sampling import Crops
from .set_loss import (
    blocked_pairs,
    denoising_losses,
    make_denoising,
    match,
    query_losses,
)


class Objective:
    """Runs the model on crops of one data set and sums its losses.

    Sums over cells and queries are divided by what a step of the data set holds on average
    (:mod:`unicell.running_means`).
    """

    def __init__(
        self,
        model: GuidedUniCell,
        class_weight: list[Tensor],
        distillation: Distillation | None = None,
    ) -> None:
        """Class weights (K,) per data set, and what to learn from beside the labels."""
        self.model = model
        self.distillation = distillation
        most = max(model.part.class_counts)
        device = next(model.parameters()).device
        self.class_weight = [
            torch.cat([w, w.new_ones(most - len(w))]).to(device) for w in class_weight
        ]
        self.means = RunningMeans()
        self.pool = ThreadPoolExecutor()

    def __call__(
        self, dataset: int, crops: Crops, decode: bool
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss of a batch of one data set, and its terms for the log."""
        images = normalise(crops.images).contiguous(memory_format=torch.channels_last)
        part = self.model.part
        finest, coarse = self.model.trunk(images)
        memory, maps, constants = part.first_stage(finest, coarse, dataset)
        weight = self.class_weight[dataset]
        targets = dense_targets(crops, maps.side, maps.cell_px)
        terms = dense_losses(maps, targets, weight, self._means(dataset, targets.counts()))
        if self.distillation is not None and crops.lessons is not None:
            for head in self.distillation.draw_heads(dataset):
                own = head == dataset
                seen = maps if own else part.first_stage(finest, coarse, head)[1]
                terms |= self.distillation.losses(seen, crops.lessons, head, own)
        if decode and len(part.layers):
            terms |= self._decoder(dataset, crops, memory, maps, constants)
        total = torch.stack([self._weight(name) * value for name, value in terms.items()]).sum()
        return total, {name: value.detach() for name, value in terms.items()}

    def empty(self, dataset: int, crops: Crops) -> Tensor:
        """Loss of a batch of fields without nuclei, under the head of a data set."""
        images = normalise(crops.images).contiguous(memory_format=torch.channels_last)
        finest, coarse = self.model.trunk(images)
        _, maps, _ = self.model.part.first_stage(finest, coarse, dataset)
        targets = dense_targets(crops, maps.side, maps.cell_px)
        means = {name: 100.0 for name in targets.counts()}
        return dense_losses(maps, targets, self.class_weight[dataset], means)["dense_object"]

    def _means(self, dataset: int, counts: Mapping[str, float]) -> dict[str, float]:
        """Running means of the counts of a data set's steps, this one's included."""
        return {
            name: self.means.update(f"{dataset}.{name}", value) for name, value in counts.items()
        }

    def _weight(self, term: str) -> float:
        """Weight of a term of the loss, by what it is about."""
        config = self.model.preset.train
        if "offset" in term or "point" in term:
            return config.offset_weight
        return config.name_weight if "class" in term else 1.0

    def _decoder(
        self,
        dataset: int,
        crops: Crops,
        memory: Memory,
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
        counts = {
            "nuclei": float(crops.valid.sum()),
            "own": float((crops.valid & crops.own).sum()),
            "named": float((crops.classes >= 0).sum()),
        }
        if noise is not None:
            noised = noise.valid.shape[1]
            ordinary = queries.objectness.shape[1]
            blocked = blocked_pairs(noised, noise.group, ordinary, maps.objectness.device)
            queries = join(noise.queries, queries)
            content = torch.cat([noise.content, content], 1)
            counts |= noise.counts()
        stages = part.refine(queries, content, memory, dataset, blocked)
        ordinary_stages = [cut(stage, noised, None) for stage in stages]
        matches = match(ordinary_stages[-1], crops, self.pool)
        means = self._means(dataset, {f"decoder.{k}": v for k, v in counts.items()})
        means = {name.removeprefix("decoder."): mean for name, mean in means.items()}
        losses: dict[str, Tensor] = {}
        for i, stage in enumerate(stages):
            terms = query_losses(ordinary_stages[i], matches, crops, weight, means)
            if noise is not None:
                terms |= denoising_losses(cut(stage, 0, noised), noise, weight, means)
            if self._teaches(dataset) and crops.lessons is not None:
                assert self.distillation is not None
                side_px = float(crops.images.shape[-1])
                told = self.distillation.name_loss(
                    ordinary_stages[i], crops.lessons, dataset, side_px
                )
                terms["distill_class"] = told
            for name, value in terms.items():
                losses[f"{name}{i}"] = value
        return losses

    def _teaches(self, dataset: int) -> bool:
        """Whether teachers said something under the label set of a data set."""
        found = self.distillation
        return found is not None and found.own > 0 and dataset in found.heads


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
