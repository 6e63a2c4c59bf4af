"""Average the weights of runs that started from the same ones, which may beat each of them.

    python -m unicell.average models/compact/weights.pt runs/more/weights.pt --out runs/average

Runs that went on from one another, or from common weights, mostly lie in one basin, and the middle
of a basin generalises better than its rim (Wortsman et al., Model soups, ICML 2022). Whether it
does is for val to say: export the average and what it was made of, and compare.

The checkpoint of a run that goes on stands for its averaged weights; one alone gives these, in half
precision, to export or to start another run from (``--init``):

    python -m unicell.average runs/compact/checkpoint.pt --out runs/so-far
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .run import command_line


def average(paths: Sequence[Path], command: str) -> dict[str, Any]:
    """The content of a ``weights.pt`` with the mean of others.

    Args:
        paths: ``weights.pt`` or ``checkpoint.pt`` of the same shapes; the preset is the last one's.
        command: what was typed, for the card.

    Raises:
        ValueError: no files, one that is an average already, or models that differ.
    """
    contents = [torch.load(path, map_location="cpu", weights_only=True) for path in paths]
    if len(contents) < 2 and not (contents and "average" in contents[0]):
        raise ValueError(f"an average needs two files or more, or a checkpoint, not {len(paths)}")
    for content in contents:
        if "average" in content:
            content["weights"] = {name: half(value) for name, value in content["average"].items()}
    first: dict[str, Tensor] = contents[0]["weights"]
    for path, content in zip(paths, contents, strict=True):
        if shapes(content["weights"]) != shapes(first):
            names = sorted(set(shapes(content["weights"]).items()) ^ set(shapes(first).items()))
            raise ValueError(f"{path} and {paths[0]} differ in {names[0][0]!r}: give like models")
    # What is no floating number, a count for instance, has no mean.
    mean = {
        name: torch.stack([c["weights"][name].float() for c in contents]).mean(0).to(value.dtype)
        if value.is_floating_point()
        else value
        for name, value in first.items()
    }
    return {"preset": contents[-1]["preset"], "weights": mean, "command": command}


def half(value: Tensor) -> Tensor:
    """In the precision in which weights are kept."""
    return value.half() if value.is_floating_point() else value


def shapes(weights: dict[str, Tensor]) -> dict[str, tuple[int, ...]]:
    """Shape of every tensor."""
    return {name: tuple(value.shape) for name, value in weights.items()}


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new weights.pt")
    args = parser.parse_args()
    try:
        content = average(args.weights, command_line("average"))
    except ValueError as error:
        parser.error(str(error))
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "weights.pt"
    torch.save(content, path)
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
