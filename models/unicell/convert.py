"""Converts the authors' published checkpoint to ONNX with its card (``docs/official.md``).

python -m unicell.convert OFFICIAL.pth --out models/official
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .checkpoint import CheckpointError


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line entry; the exit code is 2 for bad input, of which nothing is left."""
    parser = argparse.ArgumentParser(
        prog="python -m unicell.convert",
        description="Convert the paper's UniCell to ONNX with a model card.",
        epilog="example: python -m unicell.convert iter_160000.pth --out models/official",
    )
    parser.add_argument(
        "checkpoint",
        type=Path,
        help="the authors' .pth file, or weights.pt of a run that trained the paper's model",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to make, models/ID")
    parser.add_argument(
        "--window",
        type=_window,
        default=800,
        metavar="PX",
        help="side of what the default protocol shows the model at a time (default 800)",
    )
    parser.add_argument(
        "--mpp",
        type=_mpp,
        default=0.15625,
        help="micrometres per pixel of it (default 0.15625: 250 pixels at 0.5, enlarged to 800)",
    )
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="names of data sets other than the published four (unicell/labels.py)",
    )
    parser.add_argument(
        "--mask",
        choices=["official", "paper"],
        help="of the authors' file: official (default) adds 1 to categories that a data set does "
        "not see, as the released code does; paper hides them",
    )
    parser.add_argument(
        "--external-data",
        action="store_true",
        help="weights in files beside the graphs; done anyway where a graph would pass 2 GB",
    )
    args = parser.parse_args(arguments)
    try:
        from .conversion import ConversionError, convert
    except ImportError as error:
        print(
            f"error: {error}. Install what exports need: pip install 'unicell[export]'",
            file=sys.stderr,
        )
        return 2
    try:
        convert(
            args.checkpoint,
            args.out,
            window=args.window,
            mpp=args.mpp,
            mask=args.mask,
            labels=args.labels,
            external=args.external_data,
        )
    except (CheckpointError, ConversionError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _window(text: str) -> int:
    pixels = int(text)
    if not 32 <= pixels <= 4096:
        raise argparse.ArgumentTypeError(f"{text} must be 32 to 4096 pixels")
    return pixels


def _mpp(text: str) -> float:
    mpp = float(text)
    if not 0.05 <= mpp <= 10:
        raise argparse.ArgumentTypeError(f"{text} must be 0.05 to 10 micrometres per pixel")
    return mpp


if __name__ == "__main__":
    sys.exit(main())
