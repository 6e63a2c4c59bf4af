"""One training run of the full UniCell: model, optimiser, batches and checkpoint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from . import processes
from .batch_loader import BatchLoader
from .config import UniCellConfig
from .data import LabelledImageFile
from .image_batch import ImageBatch
from .losses import sum_losses
from .model import UniCell
from .moving_average import Average
from .run_file import write_whole
from .strict_table import parse
from .swin_weights import load_swin
from .training_config import TrainingConfig
from .weights import read_paper_tensors

MAY_CHANGE = ("steps", "lr", "decay_at", "precision", "recompute_backbone")
"""Settings that may change while a run goes on."""

_OF_DATASETS = ("heads.", "denoising.label_embedding.", "prompt.text.")
"""What belongs to names and classes: weights to start from may have others."""


class BatchLosses(nn.Module):
    """The losses of a batch as the one output of a module, which is what DDP wraps."""

    def __init__(self, model: UniCell) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: ImageBatch) -> dict[str, Tensor]:
        """All loss terms."""
        return self.model.losses(batch.images, batch.dataset, batch.targets, batch.padding)


class PaperTrainer:
    """One training run; where several processes train, each has one.

    Args:
        config: Model and ``[train]``.
        device: Of this process.
        out: Folder of the checkpoint.
    """

    def __init__(self, config: UniCellConfig, device: torch.device, out: Path) -> None:
        torch.manual_seed(config.train.seed)
        self.config = config
        self.device = device
        self.out = out
        self.model = UniCell(config).to(device)
        if config.train.recompute_backbone:
            self.model.backbone.recompute_blocks()
        self.average: Average | None = None
        self.step = 0
        self.seconds = 0.0
        self.skipped = 0

    def prepare(
        self,
        files: Sequence[Sequence[LabelledImageFile]],
        backbone: Path | None = None,
        init: Path | None = None,
    ) -> None:
        """Load weights, resume from a checkpoint if there is one, begin with the batches."""
        train = self.config.train
        if not self.checkpoint.is_file():
            if backbone is not None:
                for name in load_swin(self.model.backbone, backbone):
                    say(f"{name} is of another window and was interpolated")
            if init is not None:
                self._start_from(init)
        if train.ema:
            self.average = Average(self.model, train.ema)
        slow = list(self.model.backbone.parameters())
        rest = [p for n, p in self.model.named_parameters() if not n.startswith("backbone.")]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": slow, "scale": train.backbone_lr_scale},
                {"params": rest, "scale": 1.0},
            ],
            lr=train.lr,
            weight_decay=train.weight_decay,
            fused=self.device.type == "cuda",
        )
        self._resume()
        self.losses: nn.Module = BatchLosses(self.model)
        if processes.count() > 1:
            # Heads of data sets that are in no batch of a step have no gradient.
            self.losses = DistributedDataParallel(
                self.losses, find_unused_parameters=True, broadcast_buffers=False
            )
        self.batches = BatchLoader(files, train, self.step)

    def advance(self) -> dict[str, float]:
        """One optimiser step: every loss term, and the norm of the gradient."""
        train = self.config.train
        for group in self.optimiser.param_groups:
            group["lr"] = train.learning_rate(self.step) * group["scale"]
        batch = self.batches.take().to(self.device)
        draw = self.step * processes.count() + processes.rank()
        torch.manual_seed(train.seed * 1_000_003 + draw)
        self.model.train()
        self.optimiser.zero_grad(set_to_none=train.idle_heads == "rest")
        with mixed(self.device, train):
            terms: dict[str, Tensor] = self.losses(batch)
        total = sum_losses(terms)
        total.backward()  # type: ignore[no-untyped-call]
        norm = float(nn.utils.clip_grad_norm_(self.model.parameters(), train.clip))
        if math.isfinite(norm):
            self.optimiser.step()
        else:
            self.skipped += 1
        self.step += 1
        if self.average is not None:
            self.average.update(self.model, self.step)
        values = torch.stack([total, *terms.values()]).tolist()
        return dict(zip(("loss", *terms), values, strict=True)) | {"norm": norm}

    @property
    def weights(self) -> dict[str, Tensor]:
        """The weights that the run leaves behind."""
        return self.model.state_dict() if self.average is None else self.average.weights

    @property
    def checkpoint(self) -> Path:
        """Where the run continues from."""
        return self.out / "checkpoint.pt"

    def save(self) -> None:
        """Write the checkpoint; the first process does it for all."""
        if processes.rank() > 0:
            return
        state = {
            "step": self.step,
            "seconds": self.seconds,
            "skipped": self.skipped,
            "preset": asdict(self.config),
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        if self.average is not None:
            state["average"] = self.average.weights
        write_whole(state, self.checkpoint)

    def write_weights(self) -> Path:
        """Write the final weights, in full precision."""
        path = self.out / "weights.pt"
        weights = {name: value.cpu() for name, value in self.weights.items()}
        write_whole({"preset": asdict(self.config), "weights": weights}, path)
        return path

    def _resume(self) -> None:
        if not self.checkpoint.is_file():
            return
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        was = parse(UniCellConfig, state["preset"], str(self.checkpoint))
        if _unchanging(was) != _unchanging(self.config):
            raise ValueError(
                f"{self.checkpoint} was made with other settings; use another --out or remove it. "
                f"Only {list(MAY_CHANGE)} of [train] may change while a run goes on"
            )
        self.step = state["step"]
        self.seconds = state["seconds"]
        self.skipped = state["skipped"]
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        for parameter in self.optimiser.state:
            # Idle heads drift once they had a gradient, which lies at zero since.
            parameter.grad = torch.zeros_like(parameter)
        if self.average is not None:
            self.average.weights = state["average"]

    def _start_from(self, path: Path) -> None:
        """Take from another model every tensor that has the same name and shape."""
        given = read_paper_tensors(path, self.device)
        own = self.model.state_dict()
        fitting = {k: v for k, v in given.items() if k in own and own[k].shape == v.shape}
        missing = [k for k in own if not k.startswith(_OF_DATASETS) and k not in fitting]
        if missing:
            raise ValueError(
                f"{path} is of another architecture than the preset {self.config.id!r}: "
                f"{len(missing)} tensors are missing or of another shape, for instance "
                f"{missing[0]}. Start from weights of the same sizes, or from --backbone"
            )
        self.model.load_state_dict(own | fitting)


def mixed(device: torch.device, train: TrainingConfig) -> AbstractContextManager[object]:
    """Half precision where the settings ask for it."""
    if train.precision == "bf16":
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()


def say(line: str) -> None:
    """Print a line, of several processes in the first alone."""
    if processes.rank() == 0:
        print(line, flush=True)


def _unchanging(config: UniCellConfig) -> UniCellConfig:
    """The configuration without what may change."""
    defaults: dict[str, Any] = {name: getattr(TrainingConfig(), name) for name in MAY_CHANGE}
    return replace(config, train=replace(config.train, **defaults))
