"""Fit the patches of ``patch-mobilenet-v2`` to the layers that they replace.

    python -m unicell.fit_patches WEIGHTS --data ../shared/data --out runs/patches.pt

The layers behind the patches come from a trained network and know the features of its first layers.
Patches that start at random show them something else, and training has to mend what was learnt.
So the patches are first fitted to the replaced layers, on the crops that training draws, and
``unicell.train --backbone`` starts from the result.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .convolution import depthwise_cpu
from .cpu_kernel import enable_kernels
from .guided import normalise
from .guided_run import lessons_of
from .mobilenet import MobileNetV2
from .patch_stem import REPLACED_LAYERS, PatchMobileNetV2
from .preset import Preset, load_preset
from .run import Run, RunError, given
from .run_file import write_whole
from .sampling import ImageBank

CROP_PX = 128
BATCH = 8
LR = 4e-3
HELD_OUT = 16
"""Batches on which the fit is judged."""


def read_network(path: Path) -> MobileNetV2:
    """A MobileNetV2 from ImageNet weights, or out of the ``weights.pt`` of a model built on it.

    Raises:
        ValueError: the file holds no such network.
    """
    network = MobileNetV2()
    state = torch.load(path, map_location="cpu", weights_only=True)
    prefix = "trunk.backbone."
    if "weights" in state:
        state = {
            name.removeprefix(prefix): value.float()
            for name, value in state["weights"].items()
            if name.startswith(prefix)
        }
    network.load_named(state, str(path))
    return network.eval()


def explained(found: Tensor, wanted: Tensor) -> Tensor:
    """Of the variance of each channel, the mean share that is explained; 1 is a perfect fit."""
    rest = (found - wanted).pow(2).mean((0, 2, 3))
    return 1 - (rest / wanted.var((0, 2, 3)).clamp(min=1e-6)).mean()


def fit(network: MobileNetV2, banks: list[ImageBank], preset: Preset, steps: int) -> Any:
    """The backbone fitted to ``network``, and the share that it explains on new crops."""
    torch.manual_seed(preset.train.seed)
    backbone = PatchMobileNetV2()
    backbone.take(network)
    replaced = nn.Sequential(*list(network.features)[:REPLACED_LAYERS])
    stem = [*backbone.patches.parameters(), *backbone.mix.parameters()]
    stem += backbone.project.parameters()
    optimiser = torch.optim.AdamW(stem, lr=LR, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LR, total_steps=max(1, steps))
    rng = np.random.default_rng(preset.train.seed)

    def draw() -> tuple[Tensor, Tensor]:
        crops = banks[int(rng.integers(len(banks)))].crops(BATCH, preset.train, rng)
        images = normalise(crops.images).contiguous(memory_format=torch.channels_last)
        with torch.no_grad():
            return images, replaced(images)

    for step in range(steps):
        images, wanted = draw()
        share = explained(backbone.stem(images)[1], wanted)
        optimiser.zero_grad()
        (1 - share).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            print(f"step {step}: explains {share.item():.3f}", flush=True)
    with torch.no_grad():
        shares = [
            explained(backbone.stem(images)[1], wanted)
            for images, wanted in (draw() for _ in range(HELD_OUT))
        ]
    return backbone, float(torch.stack(shares).mean())


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, help="ImageNet's, or weights.pt of a model")
    parser.add_argument("--preset", default="compact", help="whose pictures are drawn")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1500)
    args = parser.parse_args()
    enable_kernels(depthwise_cpu)
    try:
        with given():
            preset = load_preset(args.preset)
            network = read_network(args.weights)
            run = Run(out=args.out, device=torch.device("cpu"), data=args.data)
            pictures = lessons_of(run, preset)
    except RunError as error:
        parser.exit(2, f"error: {error}\n")
    banks = [
        ImageBank(p, len(d.classes), CROP_PX, run.device)
        for p, d in zip(pictures, preset.datasets, strict=True)
        if not d.sources
    ]
    del pictures
    backbone, share = fit(network, banks, preset, args.steps)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(backbone.state_dict(), args.out)
    print(f"the patches explain {share:.3f} of the variance; wrote {args.out}")


if __name__ == "__main__":
    main()
