"""One training run: model, data on the device, optimiser, averaged weights and checkpoint."""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from .data import Picture
from .distillation import Teacher
from .guided import GuidedUniCell
from .objective import Objective
from .preset import Preset, preset_from_dict
from .sampling import PictureBank, class_weights


class Average:
    """Exponential moving average of the weights."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        """Start from the model's weights."""
        self.decay = decay
        self.weights = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Move towards the model; faster at the beginning."""
        decay = min(self.decay, (1 + step) / (10 + step))
        own = list(self.weights.values())
        torch._foreach_lerp_(own, list(model.state_dict().values()), 1 - decay)


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

    def prepare(
        self,
        pictures: list[list[Picture]],
        backbone: Path | None = None,
        teacher: GuidedUniCell | None = None,
        init: Path | None = None,
    ) -> None:
        """Put pictures on the device, load weights, resume from a checkpoint if there is one."""
        config = self.preset.train
        self.banks = [
            PictureBank(p, len(d.classes), self.preset.model.window, self.device)
            for p, d in zip(pictures, self.preset.datasets, strict=True)
        ]
        if backbone is not None:
            self.model.trunk.backbone.load_imagenet(backbone)
        if init is not None:
            self._start_from(init)
        if backbone is not None or init is not None:
            self.average = Average(self.model, config.ema)
        weights = [class_weights(bank.class_counts, config.class_balance) for bank in self.banks]
        guide = None
        if config.distill or config.distill_across:
            if teacher is None:
                raise ValueError(
                    f"the preset {self.preset.id!r} learns from a teacher; give its weights "
                    "(--teacher) or set distill and distill_across to 0"
                )
            guide = Teacher(teacher, config.distill, config.distill_across)
        self.objective = Objective(self.model, weights, guide)
        slow = {id(p) for p in self.model.trunk.backbone.parameters()}
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

    def _start_from(self, path: Path) -> None:
        """Take from another model every tensor that has the same name and shape.

        The file holds the weights of a finished run, or is the checkpoint of a stopped one, whose
        averaged weights are taken.
        """
        state = torch.load(path, map_location=self.device, weights_only=True)
        given = state["weights"] if "weights" in state else state["average"]
        own = self.model.state_dict()
        fitting = {k: v for k, v in given.items() if k in own and own[k].shape == v.shape}
        if not fitting:
            raise ValueError(f"{path} has no tensor that fits the preset {self.preset.id!r}")
        self.model.load_state_dict(own | fitting)

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, then cosine to a hundredth."""
        config = self.preset.train
        if step < config.warmup_steps:
            return config.lr * (step + 1) / config.warmup_steps
        done = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
        return config.lr * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(done, 1))))

    def advance(self) -> dict[str, Tensor]:
        """One optimiser step on a batch of every data set."""
        config = self.preset.train
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate(self.step) * group["scale"]
        rng = np.random.default_rng([config.seed, self.step])
        torch.manual_seed(config.seed * 1_000_003 + self.step)
        batches = [
            bank.crops(max(1, round(config.batch * d.weight)), config, rng)
            for bank, d in zip(self.banks, self.preset.datasets, strict=True)
        ]
        mixed = (
            torch.autocast(self.device.type, torch.bfloat16)
            if self.device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()
            else nullcontext()
        )
        with mixed:
            loss, terms = self.objective(batches, decode=self.step >= config.dense_steps)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), config.clip)
        if bool(torch.isfinite(norm)):
            self.optimiser.step()
        self.step += 1
        self.average.update(self.model, self.step)
        return terms

    @property
    def checkpoint(self) -> Path:
        """Where the run continues from."""
        return self.out / "checkpoint.pt"

    def save(self) -> None:
        """Write the checkpoint, then rename, so that a kill never leaves half of one."""
        self.out.mkdir(parents=True, exist_ok=True)
        state = {
            "step": self.step,
            "seconds": self.seconds,
            "preset": asdict(self.preset),
            "model": self.model.state_dict(),
            "average": self.average.weights,
            "optimiser": self.optimiser.state_dict(),
        }
        torch.save(state, self.checkpoint.with_suffix(".tmp"))
        self.checkpoint.with_suffix(".tmp").replace(self.checkpoint)

    def resume(self) -> None:
        """Continue from the checkpoint, if there is one of the same preset."""
        if not self.checkpoint.is_file():
            return
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        if preset_from_dict(state["preset"]) != self.preset:
            raise ValueError(
                f"{self.checkpoint} was made with other settings; use another --out or remove it"
            )
        self.step = state["step"]
        self.seconds = state.get("seconds", 0.0)
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
        torch.save({"preset": asdict(self.preset), "weights": half}, path)
        return path
