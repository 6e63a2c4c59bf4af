"""The loop that one writes first: Pillow, numpy, ONNX Runtime, one batch after the other.

``npm run bench:pipeline`` runs it beside UniCell's own pipeline: the same slide, model, windows,
batch and threads. It reads the level of the pyramid that has the model's resolution, and keeps the
nuclei that a window owns; it removes no duplicates. It says when it has loaded
everything, begins when it is told to, and prints one line of JSON.
"""

import argparse
import json
import resource
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image


def level_near(path: Path, width: int) -> np.ndarray:
    """The level of a TIFF pyramid that is ``width`` pixels wide, as RGB."""
    with Image.open(path) as image:
        for page in range(getattr(image, "n_frames", 1)):
            image.seek(page)
            if image.width == width:
                return np.asarray(image.convert("RGB"))
    raise SystemExit(f"{path} has no level {width} pixels wide")


def starts(size: int, window: int, halo: int) -> list[int]:
    """Where the windows of an axis begin: as few as overlap by two halos, evenly spread."""
    spread = max(0, size - window)
    count = 1 + -(-spread // (window - 2 * halo))
    return [i * spread // (count - 1) for i in range(count)] if count > 1 else [0]


def ends_of_cores(begins: list[int], size: int, window: int) -> list[int]:
    """Where the part that each window owns ends: in the middle of the overlap."""
    middles = [(a + window + b) // 2 for a, b in pairwise(begins)]
    return [*middles, size]


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("slide", type=Path)
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--plane", type=int, required=True, help="pixels of the level to read")
    args = parser.parse_args()

    card = json.loads((args.model / "card.json").read_text())
    window, halo = card["window"]["width"], card["window"]["haloPx"]
    mean = np.array(card["normalisation"]["mean"], np.float32)
    std = np.array(card["normalisation"]["std"], np.float32)
    ids = [dataset["id"] for dataset in card["datasets"]]
    index = ids.index(args.dataset)
    dataset = card["datasets"][index]
    classes, threshold = len(dataset["classes"]), dataset["threshold"]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    files = card["variants"]["fp32"]
    trunk, head = (
        onnxruntime.InferenceSession(
            args.model / files[part]["path"], options, providers=["CPUExecutionProvider"]
        )
        for part in ("trunk", "dataset")
    )
    choice = np.array([index], np.int64)

    def run(batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        finest, coarse = trunk.run(["finest", "coarse"], {"image": batch})
        feeds = {"finest": finest, "coarse": coarse, "dataset": choice}
        logits, points = head.run(["logits", "points"], feeds)
        return logits, points

    run(np.zeros((args.batch, 3, window, window), np.float32))

    print("ready", flush=True)
    sys.stdin.readline()
    cpu = resource.getrusage(resource.RUSAGE_SELF)
    picture = level_near(args.slide, args.plane)
    height, width = picture.shape[:2]
    lefts, tops = starts(width, window, halo), starts(height, window, halo)
    rights, bottoms = ends_of_cores(lefts, width, window), ends_of_cores(tops, height, window)
    places = [(row, column) for row in range(len(tops)) for column in range(len(lefts))]
    nuclei: list[tuple[float, float, int, float]] = []
    for first in range(0, len(places), args.batch):
        chosen = places[first : first + args.batch]
        crops = [
            picture[tops[row] : tops[row] + window, lefts[column] : lefts[column] + window]
            for row, column in chosen
        ]
        batch = (np.stack(crops).astype(np.float32) - mean) / std
        logits, points = run(np.ascontiguousarray(batch.transpose(0, 3, 1, 2)))
        # Fillers have logits so low that exp would overflow.
        scores = 1 / (1 + np.exp(-np.clip(logits[:, :, :classes], -80, 80)))
        for slot, (row, column) in enumerate(chosen):
            best = scores[slot].max(axis=1)
            kind = scores[slot].argmax(axis=1)
            x = lefts[column] + points[slot, :, 0] * window
            y = tops[row] + points[slot, :, 1] * window
            left = rights[column - 1] if column else -np.inf
            top = bottoms[row - 1] if row else -np.inf
            owned = (x >= left) & (x < rights[column]) & (y >= top) & (y < bottoms[row])
            for query in np.flatnonzero((best >= threshold) & owned):
                nuclei.append((x[query], y[query], int(kind[query]), best[query]))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "windows": len(places),
                "cpuSeconds": used.ru_utime - cpu.ru_utime + used.ru_stime - cpu.ru_stime,
                "versions": {
                    "onnxruntime (Python)": onnxruntime.__version__,
                    "numpy": np.__version__,
                    "Pillow": Image.__version__,
                },
            }
        )
    )


if __name__ == "__main__":
    main()
