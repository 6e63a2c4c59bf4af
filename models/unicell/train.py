"""Train the dense-guided UniCell on several data sets at once.

    python -m unicell.train --preset compact --data ../shared/data \\
        --backbone ../shared/weights/mobilenet_v2/imagenet_bnfused.pt --out runs/compact

A run that is stopped goes on from its last checkpoint when started again, and ends with the same
weights as an undisturbed one on the same device.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from .data import Picture, read_pictures
from .guided import GuidedUniCell
from .objective import Objective
from .pack import read_pack
from .preset import Preset, load_preset
from .sampling import PictureBank, class_weights
from .validate import QUICK_THRESHOLDS, choose


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

    def prepare(
        self, pictures: list[list[Picture]], backbone: Path | None, teacher: GuidedUniCell | None
    ) -> None:
        """Put pictures on the device, load weights, resume from a checkpoint if there is one."""
        config = self.preset.train
        self.banks = [
            PictureBank(p, len(d.classes), self.preset.model.window, self.device)
            for p, d in zip(pictures, self.preset.datasets, strict=True)
        ]
        if backbone is not None:
            self.model.trunk.backbone.load_imagenet(backbone)
            self.average = Average(self.model, config.ema)
        weights = [class_weights(bank.class_counts, config.class_balance) for bank in self.banks]
        self.objective = Objective(self.model, weights, teacher, config.distill)
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
        if state["preset"] != asdict(self.preset):
            raise ValueError(
                f"{self.checkpoint} was made with other settings; use another --out or remove it"
            )
        self.step = state["step"]
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


def load_model(path: Path, device: torch.device | str = "cpu") -> GuidedUniCell:
    """Load ``weights.pt`` of a run."""
    from .preset import preset_from_dict

    content = torch.load(path, map_location=device, weights_only=True)
    model = GuidedUniCell(preset_from_dict(content["preset"]))
    model.load_state_dict({k: v.float() for k, v in content["weights"].items()})
    return model.to(device).eval()


def report(preset: Preset, model: GuidedUniCell, val: list[list[Picture]]) -> dict[str, Any]:
    """Scores on the val splits, with and without the decoder."""
    result: dict[str, Any] = {}
    for dataset, config in enumerate(preset.datasets):
        result[config.id] = {
            exit_: asdict(
                choose(
                    model,
                    val[dataset],
                    dataset,
                    decode=exit_ == "decoder",
                    radii_um=(2.0,),
                    thresholds=QUICK_THRESHOLDS,
                )
            )
            for exit_ in ("decoder", "dense")
        }
    return result


def format_report(result: dict[str, Any]) -> str:
    """A line per data set and exit."""
    lines = []
    for dataset, exits in result.items():
        for exit_, choice in exits.items():
            classes = " ".join(f"{v:.3f}" for v in choice["classes"])
            lines.append(
                f"  {dataset:9s} {exit_:8s} Fd {choice['fd']:.3f} Fc {choice['fc']:.3f} [{classes}]"
                f" at {choice['threshold']} / {choice['radius_um']} um"
            )
    return "\n".join(lines)


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="compact")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, help="folder of data sets in the neutral layout")
    source.add_argument("--pack", type=Path, help="file written by unicell.pack")
    parser.add_argument("--backbone", type=Path, help="ImageNet weights of the backbone")
    parser.add_argument("--teacher", type=Path, help="weights.pt of a model to distil from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--steps", type=int, help="instead of the preset's")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE",
                        help="override a [train] field, for experiments")
    parser.add_argument("--stop-after", type=float, metavar="MINUTES",
                        help="save a checkpoint and stop after this time")
    parser.add_argument("--log-every", type=int, default=100, metavar="STEPS")
    parser.add_argument("--validate-every", type=int, default=0, metavar="STEPS")
    args = parser.parse_args()

    preset = load_preset(args.preset)
    overrides: dict[str, Any] = dict(entry.split("=", 1) for entry in args.set)
    overrides = {k: json.loads(v) for k, v in overrides.items()}
    if args.steps:
        overrides["steps"] = args.steps
    preset = replace(preset, train=replace(preset.train, **overrides))
    device = torch.device(args.device)
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True

    def pictures(split: str) -> list[list[Picture]]:
        if args.pack:
            return [read_pack(args.pack, d.id, split) for d in preset.datasets]
        return [
            list(read_pictures(args.data / d.id, split, d.labels, preset.mpp))
            for d in preset.datasets
        ]

    trainer = Trainer(preset, device, args.out)
    teacher = load_model(args.teacher, device) if args.teacher else None
    trainer.prepare(pictures("train"), args.backbone, teacher)
    val = pictures("val")
    start, first = time.monotonic(), trainer.step
    log = None

    def validate() -> dict[str, Any]:
        averaged = GuidedUniCell(preset).to(device).eval()
        averaged.load_state_dict(trainer.average.weights)
        result = report(preset, averaged, val)
        print(f"step {trainer.step} val\n{format_report(result)}", flush=True)
        return result

    while trainer.step < preset.train.steps:
        log = trainer.advance()
        elapsed = time.monotonic() - start
        if trainer.step % args.log_every == 0:
            rate = (trainer.step - first) / elapsed
            left = (preset.train.steps - trainer.step) / rate
            terms = " ".join(f"{k} {float(v):.3f}" for k, v in log.items())
            print(f"step {trainer.step}/{preset.train.steps} {rate:.2f}/s eta {left:.0f} s {terms}",
                  flush=True)
        if trainer.step % 250 == 0:
            trainer.save()
        if args.validate_every and trainer.step % args.validate_every == 0:
            validate()
        if args.stop_after and elapsed > 60 * args.stop_after:
            trainer.save()
            trainer.write_weights()
            print(f"stopped at step {trainer.step}; start again to go on", flush=True)
            return
    trainer.save()
    path = trainer.write_weights()
    result = validate()
    (args.out / "val.json").write_text(json.dumps(result, indent=2))
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
