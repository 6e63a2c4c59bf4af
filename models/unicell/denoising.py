"""Contrastive denoising: queries that start near a nucleus learn to find it or to say no.

DINO's method (Zhang et al. 2023) for points (UniCell spec section 12.4). Every group holds each
nucleus twice: near its place (positive) and a little farther off (negative).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .decoder import REFERENCE_EPS, inverse_sigmoid
from .matching import Assignment
from .prompt import Variant
from .targets import Targets


@dataclass(frozen=True)
class DenoisingQueries:
    """Queries that go into the decoder before the others.

    Attributes:
        content: (B, D, C).
        reference_logits: (B, D, 2), the logit of where they start; 0 at unused places.
        group_size: Queries per group: positives, then negatives.
        assignment: What they should say.
    """

    content: Tensor
    reference_logits: Tensor
    group_size: int
    assignment: Assignment

    @property
    def count(self) -> int:
        """D, the number of denoising queries."""
        return int(self.content.shape[1])

    def blocked(self, queries: int) -> Tensor:
        """Who must not see whom: (D + queries, D + queries), true where blocked.

        The other queries do not see these, which know the answer, and groups do not see each other;
        these see the others.
        """
        count = self.count
        device = self.content.device
        group = torch.arange(count, device=device) // max(self.group_size, 1)
        blocked = torch.zeros(count + queries, count + queries, dtype=torch.bool, device=device)
        blocked[count:, :count] = True
        blocked[:count, :count] = group[:, None] != group[None, :]
        return blocked


class ContrastiveDenoising(nn.Module):
    """Makes denoising queries from the nuclei of a batch.

    Args:
        classes: Number of classes per data set.
        dims: Channels of a query.
        queries: Positives per picture, roughly: as many groups as fit, at least one.
        label_noise: Half of this share of labels is replaced by a random class.
        noise: ``official`` moves the corners of the nucleus's box and takes the centre, so that
            negatives may end up nearer than positives; ``paper`` moves the centre itself by a
            length below ``inner`` (positive) or between ``inner`` and ``outer`` (negative); spec
            14.15.
        inner, outer: Lengths in sizes of the box (:attr:`Targets.sizes`); for boxes of 4 pixels,
            0.5 and 1 are 2 and 4 pixels.
    """

    def __init__(
        self,
        classes: Sequence[int],
        dims: int,
        queries: int = 300,
        label_noise: float = 0.5,
        noise: Variant = "paper",
        inner: float = 0.5,
        outer: float = 1.0,
    ) -> None:
        super().__init__()
        self.queries = queries
        self.label_noise = label_noise
        self.noise = noise
        self.inner = inner
        self.outer = outer
        self.label_embedding = nn.ModuleList(nn.Embedding(count, dims) for count in classes)

    def forward(
        self, targets: Sequence[Targets], dataset: int, generator: torch.Generator | None = None
    ) -> DenoisingQueries:
        """Draws noise and makes the queries; nuclei of unknown class are left out."""
        targets = [target.known() for target in targets]
        groups = self.groups(targets)
        labels = torch.cat([target.labels for target in targets]).repeat(2 * groups)
        points = torch.cat([target.points for target in targets]).repeat(2 * groups, 1)
        sizes = torch.cat([target.sizes for target in targets]).repeat(2 * groups, 1)
        # Per group all positives of the batch, then all its negatives.
        total = sum(len(target) for target in targets)
        half = torch.arange(2 * groups, device=labels.device).repeat_interleave(total)
        negative = (half % 2 == 1)[:, None]
        labels = self.noisy_labels(labels, dataset, generator)
        points = self.noisy_points(points, sizes, negative, generator)
        return self.assemble(targets, dataset, labels, points)

    def groups(self, targets: Sequence[Targets]) -> int:
        """Number of groups for a batch."""
        largest = max((len(target) for target in targets), default=0)
        return max(1, self.queries // largest) if largest else 1

    def noisy_labels(
        self, labels: Tensor, dataset: int, generator: torch.Generator | None
    ) -> Tensor:
        """Replaces some labels by random classes of the data set, the true one among them."""
        embedding = self.label_embedding[dataset]
        assert isinstance(embedding, nn.Embedding)
        device = labels.device
        change = torch.rand(labels.shape, generator=generator, device=device)
        other = torch.randint(
            embedding.num_embeddings, labels.shape, generator=generator, device=device
        )
        return torch.where(change < 0.5 * self.label_noise, other, labels)

    def noisy_points(
        self, points: Tensor, sizes: Tensor, negative: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        """Moves points (n, 2), farther where ``negative`` (n, 1); the result lies in [0, 1]."""

        def uniform(columns: int) -> Tensor:
            return torch.rand(points.shape[0], columns, generator=generator, device=points.device)

        if self.noise == "official":
            corners = torch.cat([points - sizes / 2.0, points + sizes / 2.0], 1)
            signs = (uniform(4) < 0.5).to(points.dtype) * 2.0 - 1.0
            lengths = self.inner + (self.outer - self.inner) * uniform(4)
            lengths = torch.where(negative, lengths, self.inner * uniform(4))
            corners = (corners + signs * lengths * sizes.repeat(1, 2)).clamp(0.0, 1.0)
            return (corners[:, :2] + corners[:, 2:]) / 2.0
        angle = uniform(1) * (2.0 * math.pi)
        length = self.inner + (self.outer - self.inner) * uniform(1)
        length = torch.where(negative, length, self.inner * uniform(1))
        offset = torch.cat([angle.cos(), angle.sin()], 1) * length * sizes
        return (points + offset).clamp(0.0, 1.0)

    def assemble(
        self, targets: Sequence[Targets], dataset: int, labels: Tensor, points: Tensor
    ) -> DenoisingQueries:
        """Lays noisy nuclei out as queries.

        Args:
            targets: Per picture, of known class.
            dataset: Whose classes they have.
            labels: (2 * groups * n,) noisy labels of all n nuclei of the batch, per group the
                positives of all pictures, then the negatives.
            points: (2 * groups * n, 2) noisy points in the same order.
        """
        groups = self.groups(targets)
        largest = max((len(target) for target in targets), default=0)
        count = 2 * groups * largest
        embedded: Tensor = self.label_embedding[dataset](labels)
        content = embedded.new_zeros(len(targets), count, embedded.shape[-1])
        logits = points.new_zeros(len(targets), count, 2)
        assignment = Assignment.empty(len(targets), count, labels.device)
        halves = torch.arange(2 * groups, device=labels.device)[:, None]
        total = sum(len(target) for target in targets)
        first = 0
        for i, target in enumerate(targets):
            own = torch.arange(len(target), device=labels.device)
            place = (halves * largest + own).flatten()
            source = (halves * total + first + own).flatten()
            content[i, place] = embedded[source]
            logits[i, place] = inverse_sigmoid(points[source], REFERENCE_EPS)
            positive = (halves[::2] * largest + own).flatten()
            assignment.positive[i, positive] = True
            assignment.labels[i, positive] = target.labels.repeat(groups)
            assignment.points[i, positive] = target.points.repeat(groups, 1)
            first += len(target)
        return DenoisingQueries(content, logits, 2 * largest, assignment)
