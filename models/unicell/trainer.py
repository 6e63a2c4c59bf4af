"""One training run: model, data on the device, optimiser, averaged weights and checkpoint."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from .data import LabelledImage
from .distillation import Distillation
from .empty_fields import empty_crops
from .guided import GuidedUniCell
from .head_transfer import transferred
from .lessons import Lessons
from .moving_average import Average
from .objective import Objective
from .preset import DatasetConfig, Preset, TrainConfig, preset_from_dict
from .run_file import write_whole
from .sampling import ImageBank, class_weights

EMPTY_PX = 128
"""Side of the fields without nuclei."""


SCHEDULE = ("steps", "dense_steps", "decay_steps", "largest_crop", "lr")
"""Settings that may change while a run goes on."""


def _unscheduled(preset: Preset) -> Preset:
    """The preset without what may change, and without what inference alone reads."""
    fields = {name: getattr(TrainConfig(), name) for name in SCHEDULE}
    model = replace(preset.model, halo=0, queries=0)
    return replace(preset, model=model, train=replace(preset.train, **fields))


def borrowed_shares(dataset: DatasetConfig, borrow_share: float) -> dict[str, float]:
    """What part of a data set's crops each folder gives that is borrowed."""
    return {folder: borrow_share / len(dataset.borrowed) for folder in dataset.borrowed}


def is_added(name: str, given: Iterable[str]) -> bool:
    """Whether a tensor belongs to a part of the trunk that begins as nothing, and that other
    weights do not have: a fusion block, or the detail of stride 4 on its way to stride 8."""
    part = re.match(r"trunk\.(blocks\.\d+|descend)\.", name)
    return part is not None and not any(key.startswith(part[0]) for key in given)


class Trainer:
    """One training run: model, data on the device, optimiser, average and checkpoint."""

    def __init__(self, preset: Preset, device: torch.device, out: Path) -> None:
        """Build everything but the data."""
        torch.manual_seed(preset.train.seed)
        self.preset = preset
        self.device = device
        self.out = out
        self.model = GuidedUniCell(preset).to(device)
        # The stubs of `Module.to` do not know `memory_format`.
        self.model = cast(Any, self.model).to(memory_format=torch.channels_last)
        self.average = Average(self.model, preset.train.ema)
        self.step = 0
        self.seconds = 0.0
        self.skipped = 0

    def prepare(
        self,
        pictures: list[list[LabelledImage]],
        backbone: Path | None = None,
        lessons: Lessons | None = None,
        init: Path | None = None,
    ) -> None:
        """Put pictures on the device, load weights, resume from a checkpoint if there is one."""
        config = self.preset.train
        self.banks = [
            ImageBank(
                p,
                len(d.classes),
                self.preset.crop_px(i),
                self.device,
                borrowed_shares(d, config.borrow_share),
                lessons if config.distill or config.distill_across else None,
                self.model.part.cell_px,
            )
            for i, (p, d) in enumerate(zip(pictures, self.preset.datasets, strict=True))
        ]
        if init is not None:
            self._start_from(init, with_backbone=backbone is None)
        if backbone is not None:
            self.model.trunk.backbone.load_imagenet(backbone)
        if config.frozen_blocks:
            self.model.trunk.backbone.frozen_blocks = config.frozen_blocks
        if backbone is not None or init is not None:
            self.average = Average(self.model, config.ema)
        weights = [class_weights(bank.class_counts, config.class_balance) for bank in self.banks]
        distillation = None
        if lessons is not None and not (config.distill or config.distill_across):
            raise ValueError(
                f"the preset {self.preset.id!r} learns nothing from {lessons.folder}: set distill "
                "or distill_across (--set distill=1.0), or leave --lessons out"
            )
        if config.distill or config.distill_across:
            if lessons is None:
                raise ValueError(
                    f"the preset {self.preset.id!r} learns from teachers; say where what they said "
                    "is (--lessons, of python -m unicell.teach), or set distill and "
                    "distill_across to 0"
                )
            distillation = Distillation(lessons, self.preset, config.distill, config.distill_across)
        self.objective = Objective(self.model, weights, distillation)
        slow = {id(p) for p in self.model.trunk.backbone.pretrained()}
        groups: list[dict[str, Any]] = []
        for scale, members in (
            (config.backbone_lr_scale, [p for p in self.model.parameters() if id(p) in slow]),
            (1.0, [p for p in self.model.parameters() if id(p) not in slow]),
        ):
            for decay, chosen in (
                (config.weight_decay, [p for p in members if p.dim() > 1]),
                (0.0, [p for p in members if p.dim() <= 1]),
            ):
                groups.append({"params": chosen, "scale": scale, "weight_decay": decay})
        fused = self.device.type == "cuda"
        self.optimiser = torch.optim.AdamW(groups, lr=config.lr, fused=fused)
        self.resume()

    def _start_from(self, path: Path, with_backbone: bool) -> None:
        """Take from another model every tensor that has the same name and shape.

        The file holds the weights of a finished run, or is the checkpoint of a stopped one, whose
        averaged weights are taken. Heads may be of other data sets (:mod:`unicell.head_transfer`);
        the trunk must be the same, but for parts that it has more and that begin as nothing, and
        for its backbone where that comes from another file.
        """
        state = torch.load(path, map_location=self.device, weights_only=True)
        given = state["weights"] if "weights" in state else state["average"]
        own = self.model.state_dict()
        fitting = {k: v for k, v in given.items() if k in own and own[k].shape == v.shape}
        trunk = [k for k in own if k.startswith("trunk.") and k not in fitting]
        if not with_backbone:
            trunk = [k for k in trunk if not k.startswith("trunk.backbone.")]
        if missing := [k for k in trunk if not is_added(k, given)]:
            raise ValueError(
                f"{path} is of another architecture than the preset {self.preset.id!r}: of its "
                f"trunk {len(missing)} tensors are missing or of another shape, for instance "
                f"{missing[0]}. Start from weights of the same [model], or from --backbone"
            )
        heads = transferred(given, preset_from_dict(state["preset"]), own, self.preset)
        self.model.load_state_dict(own | fitting | heads)

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, the full rate, then a linear decay to a hundredth.

        A run with a plateau may be made longer while it runs (Hu et al., MiniCPM, 2024).
        """
        config = self.preset.train
        warm = min(1.0, (step + 1) / max(1, config.warmup_steps))
        decay = max(1, min(config.decay_steps, config.steps // 2))
        left = min(1.0, max(0, config.steps - step) / decay)
        return config.lr * warm * (0.01 + 0.99 * left)

    def advance(self) -> dict[str, float]:
        """One optimiser step on crops of every data set: the mean of each loss term, and the norm
        of the gradient."""
        config = self.preset.train
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate(self.step) * group["scale"]
        rng = np.random.default_rng([config.seed, self.step])
        torch.manual_seed(config.seed * 1_000_003 + self.step)
        decode = self.step >= config.dense_steps
        self.optimiser.zero_grad(set_to_none=True)
        sums: dict[str, list[float]] = defaultdict(list)
        for i, (bank, dataset) in enumerate(zip(self.banks, self.preset.datasets, strict=True)):
            count = int(config.batch * dataset.weight + rng.random())
            if count == 0:
                continue
            crops = bank.crops(count, config, rng)
            with self._mixed():
                loss, terms = self.objective(i, crops, decode)
            # Data sets go one after another, so that memory holds the crops of one.
            (loss / len(self.banks)).backward()  # type: ignore[no-untyped-call]
            for name, value in terms.items():
                sums[name].append(float(value))
        if config.empty_every and self.step % config.empty_every == 0:
            head = int(rng.integers(len(self.banks)))
            with self._mixed():
                loss = self.objective.empty(head, empty_crops(EMPTY_PX, 2, rng).to(self.device))
            (loss / len(self.banks)).backward()  # type: ignore[no-untyped-call]
            sums["empty"].append(float(loss.detach()))
        norm = float(nn.utils.clip_grad_norm_(self.model.parameters(), config.clip))
        if math.isfinite(norm):
            self.optimiser.step()
        else:
            self.skipped += 1
        self.step += 1
        self.average.update(self.model, self.step)
        return {name: sum(values) / len(values) for name, values in sums.items()} | {"norm": norm}

    def _mixed(self) -> AbstractContextManager[object]:
        """Half precision where the device is faster with it."""
        if self.device.type == "cuda" or torch.cpu._is_avx512_bf16_supported():
            return torch.autocast(self.device.type, torch.bfloat16)
        return nullcontext()

    @property
    def checkpoint(self) -> Path:
        """Where the run continues from."""
        return self.out / "checkpoint.pt"

    def save(self) -> None:
        """Write the checkpoint."""
        state = {
            "step": self.step,
            "seconds": self.seconds,
            "skipped": self.skipped,
            "means": self.objective.means.state,
            "preset": asdict(self.preset),
            "model": self.model.state_dict(),
            "average": self.average.weights,
            "optimiser": self.optimiser.state_dict(),
        }
        write_whole(state, self.checkpoint)

    def resume(self) -> None:
        """Continue from the checkpoint, if there is one of the same preset."""
        if not self.checkpoint.is_file():
            return
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        if _unscheduled(preset_from_dict(state["preset"])) != _unscheduled(self.preset):
            raise ValueError(
                f"{self.checkpoint} was made with other settings; use another --out or remove it. "
                f"Only {list(SCHEDULE)} may change while a run goes on"
            )
        self.step = state["step"]
        self.seconds = state["seconds"]
        self.skipped = state["skipped"]
        self.objective.means.state = state["means"]
        self.model.load_state_dict(state["model"])
        self.average.weights = state["average"]
        self.optimiser.load_state_dict(state["optimiser"])

    def write_weights(self) -> Path:
        """Write the averaged weights as half precision, the form that is exported."""
        path = self.out / "weights.pt"
        half = {
            k: v.half().cpu() if v.is_floating_point() else v.cpu()
            for k, v in self.average.weights.items()
        }
        write_whole({"preset": asdict(self.preset), "weights": half}, path)
        return path
