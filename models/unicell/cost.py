"""What a model costs: its parameters, and the multiply-accumulates of one window.

    python -m unicell.cost compact models/base/weights.pt

Convolutions, products of matrices and attention are counted, as is usual; sampling, normalisation
and activations are not.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from .guided import GuidedUniCell
from .preset import load_preset
from .weights import read_preset


@dataclass(frozen=True)
class Cost:
    """What one model costs.

    Attributes:
        parameters: those of all data sets' heads together.
        gmac: 1e9 multiply-accumulates of one window under one data set, decoder included.
    """

    parameters: int
    gmac: float

    def to_card(self) -> dict[str, float]:
        """Fields of the card's ``cost``."""
        return {"parameters": self.parameters, "gmacPerWindow": round(self.gmac, 2)}


def cost_of(model: GuidedUniCell) -> Cost:
    """Count one run of a model on an empty window."""
    window = model.preset.model.window
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        model.eval()(torch.zeros(1, 3, window, window), 0)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return Cost(parameters, counter.get_total_flops() / 2 / 1e9)


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="+", help="name of a preset, or a weights.pt")
    for name in parser.parse_args().model:
        preset = read_preset(Path(name)) if name.endswith(".pt") else load_preset(name)
        cost = cost_of(GuidedUniCell(preset))
        window = preset.model.window
        print(
            f"{name}: {cost.parameters / 1e6:.2f} M parameters, "
            f"{cost.gmac:.2f} GMAC per {window} x {window} window"
        )


if __name__ == "__main__":
    main()
