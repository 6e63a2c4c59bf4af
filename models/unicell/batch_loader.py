"""Batches from pictures on disk, each made while the model learns from the one before."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import numpy as np

from . import processes
from .batch_order import batch_order
from .data import LabelledImageFile
from .image_batch import ImageBatch, join_images
from .multi_scale import augment_image
from .training_config import TrainingConfig
from .training_image import TrainingImage


class BatchLoader:
    """The batches of a run, from some step on.

    What a step draws depends only on the seed and its number, so a resumed run sees what the
    undisturbed one would have seen.

    Args:
        files: Per data set.
        config: Sizes, seed and augmentation.
        step: Of the first batch.

    Raises:
        ValueError: no picture is large enough.
    """

    def __init__(
        self, files: Sequence[Sequence[LabelledImageFile]], config: TrainingConfig, step: int
    ) -> None:
        self.config = config
        self.step = step
        self.pictures: list[tuple[int, LabelledImageFile]] = []
        groups: list[tuple[int, bool]] = []
        for dataset, own in enumerate(files):
            for file in own:
                width, height = file.size()
                if min(width, height) >= config.min_side:
                    self.pictures.append((dataset, file))
                    groups.append((dataset, width < height))
        order = batch_order(groups, config.batch, config.seed, processes.rank(), processes.count())
        self._order = islice(order, step, None)
        self._executor = ThreadPoolExecutor(1)
        self._next: Future[ImageBatch] = self._begin()

    def take(self) -> ImageBatch:
        """The batch of the next step."""
        batch = self._next.result()
        self.step += 1
        self._next = self._begin()
        return batch

    def _begin(self) -> Future[ImageBatch]:
        return self._executor.submit(self._make, next(self._order), self.step)

    def _make(self, indices: list[int], step: int) -> ImageBatch:
        rng = np.random.default_rng([self.config.seed, step, processes.rank()])
        chosen = [self.pictures[index] for index in indices]
        images = [
            augment_image(TrainingImage.of(file.read()), self.config, rng) for _, file in chosen
        ]
        targets = [image.targets() for image in images]
        return join_images(chosen[0][0], [image.rgb for image in images], targets)
