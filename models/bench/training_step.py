"""Time of a training step on the CPU, with the kernel for deformable attention and without.

    python bench/training_step.py PRESET

prints ``{"figures": ..., "versions": ...}``. Both take turns in one run, about 60 nuclei on each
crop, and the decoder trains too, as in the later part of a run.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from unicell import deformable_cpu
from unicell.data import LabelledImage
from unicell.preset import load_preset
from unicell.trainer import Trainer

RUNS = 5


def picture(seed: int, classes: int) -> LabelledImage:
    """Noise with nuclei anywhere: what a step costs does not depend on what it sees."""
    rng = np.random.default_rng(seed)
    rgb = rng.integers(256, size=(512, 512, 3), dtype=np.uint8)
    points = rng.uniform(0, 512, (240, 2)).astype(np.float32)
    return LabelledImage(str(seed), rgb, points, rng.integers(classes, size=240), 0.5)


def seconds(run: Trainer) -> float:
    """Time of one step."""
    start = time.perf_counter()
    run.advance()
    return time.perf_counter() - start


def main() -> None:
    """Command line entry."""
    name = sys.argv[1]
    preset = load_preset(name)
    preset = replace(preset, train=replace(preset.train, dense_steps=0))
    if missing := deformable_cpu.kernel.enable():
        sys.exit(missing)
    with TemporaryDirectory() as folder:
        run = Trainer(preset, torch.device("cpu"), Path(folder))
        run.prepare([[picture(i, len(d.classes))] for i, d in enumerate(preset.datasets)])
        kernel: list[float] = []
        grid_sample: list[float] = []
        # The first turn warms up.
        for _ in range(1 + RUNS):
            deformable_cpu.kernel.enable()
            kernel.append(seconds(run))
            deformable_cpu.kernel.disable()
            grid_sample.append(seconds(run))
    step, reference = (statistics.median(times[1:]) for times in (kernel, grid_sample))
    figures = {f"{name}_step_s": step, f"{name}_vs_grid_sample": step / reference}
    print(json.dumps({"figures": figures, "versions": {"torch": torch.__version__}}))


if __name__ == "__main__":
    main()
