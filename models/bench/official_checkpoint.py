"""Writes a checkpoint in the official layout: the published sizes, random weights.

python bench/official_checkpoint.py OUT.pth
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import torch

from unicell.config import DenoisingConfig, HeadConfig, load_config
from unicell.model import UniCell
from unicell.official_checkpoint import official_state

PARAMETERS = 116_732_660


def main(out: Path) -> None:
    """Command line entry."""
    torch.manual_seed(0)
    paper = load_config("swin-b")
    prompt = dataclasses.replace(
        paper.prompt, mode="official", mask="official", block="official", vocabulary="full"
    )
    model = UniCell(
        dataclasses.replace(
            paper,
            prompt=prompt,
            heads=HeadConfig(structure="official"),
            denoising=DenoisingConfig(noise="official"),
        )
    )
    parameters = sum(p.numel() for p in model.parameters())
    assert parameters == PARAMETERS, parameters
    torch.save({"meta": {}, "state_dict": official_state(model)}, out)
    print(f"{out}: {parameters} parameters, random")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
