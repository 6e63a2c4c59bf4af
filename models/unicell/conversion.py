"""From the weights of a full UniCell to a folder that the TypeScript loads."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor

from .config import UniCellConfig
from .graphs import export_graphs
from .labels import read_labels, rename
from .model import UniCell
from .official_checkpoint import load_official
from .origin import Origin, official_origin, trained_origin
from .paper_card import write_paper_card
from .prompt import DynamicPromptModule, Variant
from .run_log import read_log
from .weights import load_paper_model

CHECK_SIZE = (64, 96)
"""(height, width) of the picture on which graphs and model are compared."""

TOLERANCE = 1e-3
"""Float32 computed in another order differs by about 1e-5; a wrong mask by about 1e-2."""

_ID = re.compile(r"[a-z0-9][a-z0-9.-]*")


class ConversionError(ValueError):
    """A conversion that was asked for cannot be done; the message says why."""


def convert(
    source: Path,
    out: Path,
    *,
    window: int,
    mpp: float,
    mask: Variant | None = None,
    labels: Path | None = None,
    external: bool = False,
    log: Callable[[str], None] = print,
) -> None:
    """Converts a checkpoint. Nothing is left at ``out`` unless all of it is there.

    Args:
        source: The authors' ``.pth`` file, or ``weights.pt`` of a run that trained a full UniCell.
        out: The folder to make; its name becomes the model's id.
        window, mpp: See :func:`write_paper_card`.
        mask: What becomes of categories that a data set does not see (:mod:`unicell.prompt`);
            ``None`` is ``official`` for the authors' file and what was trained for ours.
        labels: See :mod:`unicell.labels`; needed for other data sets than the published four.
        external: Keep the weights beside the graphs. Done anyway where a graph would pass 2 GB.
        log: Gets lines about what is done.

    Raises:
        CheckpointError: the checkpoint or the labels cannot be used.
        ConversionError: ``out`` cannot be made, or the graphs do not compute what the model does.
        OSError: a file cannot be written.
    """
    out = out.resolve()
    if out.exists():
        raise ConversionError(f"{out} exists: remove it or choose another folder")
    if not _ID.fullmatch(out.name):
        raise ConversionError(
            f"{out.name!r} cannot be a model's id: use lower-case letters, digits, dots and dashes"
        )
    model, is_trained = _load(source, labels, mask)
    config = model.config
    log(
        f"{source.name}: {len(model.state_dict())} tensors; Swin {config.swin.depths} of width "
        f"{config.swin.embed_dims}, window {config.swin.window}; "
        + ", ".join(f"{d.id} ({len(d.classes)} classes)" for d in config.datasets)
    )
    origin = _origin(source, out, config, is_trained)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as work:
        folder = Path(work) / out.name
        folder.mkdir()
        log("writing trunk.onnx and dataset.onnx; this takes minutes")
        export_graphs(model, folder, external)
        noise = torch.randn(1, 3, *CHECK_SIZE, generator=torch.Generator().manual_seed(0))
        check_graphs(model, folder, noise)
        log("checked: ONNX Runtime gives what PyTorch gives, for every data set")
        write_paper_card(folder, config, origin, window=window, mpp=mpp)
        folder.rename(out)
    log(f"wrote {out}")


def _load(source: Path, labels: Path | None, mask: Variant | None) -> tuple[UniCell, bool]:
    """The model, its data sets named, and whether a run of this project has trained it."""
    if (trained := load_paper_model(source)) is not None:
        if labels is not None or mask is not None:
            raise ConversionError(
                f"{source} was trained here and knows its names and its mask: leave out --labels "
                "and --mask"
            )
        return trained, True
    if labels is None:
        model = load_official(source)
    else:
        named = read_labels(labels)
        model = load_official(source, [label.categories for label in named])
        datasets = rename(model.config.datasets, named)
        model.config = dataclasses.replace(model.config, datasets=datasets)
    assert isinstance(model.prompt, DynamicPromptModule)
    model.prompt.mask = mask or "official"
    return model, False


def _origin(source: Path, out: Path, config: UniCellConfig, is_trained: bool) -> Origin:
    with source.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if not is_trained:
        return official_origin(source.name, sha256, out.name)
    log = source.with_name("log.json")
    command = read_log(log).command if log.is_file() else ""
    names = [dataset.name for dataset in config.datasets]
    generic = f"python -m unicell.train --preset {config.id} --data DATA --backbone SWIN.pth"
    return trained_origin(source.name, sha256, config.id, names, command or generic)


def check_graphs(model: UniCell, folder: Path, images: Tensor) -> None:
    """Runs the graphs and the model on normalised pictures, for every data set.

    Raises:
        ConversionError: they differ by more than rounding.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    trunk, part = (
        onnxruntime.InferenceSession(str(folder / name), options)
        for name in ("trunk.onnx", "dataset.onnx")
    )
    names = [output.name for output in trunk.get_outputs()]
    with torch.no_grad():
        memory = model.encode(images)
    maps = trunk.run(None, {"image": images.numpy()})
    tokens = torch.cat([torch.from_numpy(m).flatten(1, 2) for m in maps], 1)
    _require_small((tokens - memory.tokens).abs().max(), "the encoded maps")
    memory = dataclasses.replace(memory, tokens=tokens)
    for i, dataset in enumerate(model.config.datasets):
        feeds = dict(zip(names, maps, strict=True)) | {"dataset": np.array([i])}
        logits, points = (torch.from_numpy(value) for value in part.run(None, feeds))
        with torch.no_grad():
            expected = model.detect(memory, i)
        scores = logits[:, :, : len(dataset.classes)].sigmoid()
        # The median: where two tokens are nearly tied, their queries swap, which moves these far
        # and all others a little.
        scores_differ = (scores - expected.logits.sigmoid()).abs().median()
        _require_small(scores_differ, f"the scores of {dataset.id}")
        points_differ = (points - expected.points).abs().median()
        _require_small(points_differ, f"the points of {dataset.id}")


def _require_small(difference: Tensor, what: str) -> None:
    if not difference <= TOLERANCE:
        raise ConversionError(
            f"{what} differ by {float(difference):.2g} between the ONNX graphs and the model, more "
            f"than {TOLERANCE:g}: the checkpoint holds extreme values, or this is a bug"
        )
