"""The model card and the licence note of a converted checkpoint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from .card import USE, graph_file
from .config import UniCellConfig
from .graphs import level_shapes

MPP = 0.15625
"""Micrometres per pixel of what the model sees under the paper's CoNSeP and Lizard: tiles of 250
pixels at 0.5, enlarged to 800. Of MoNuSAC (320 pixels at 0.25) it sees 0.1, of OCELOT (512 at 0.2)
0.128; the official protocol takes file pixels and needs no resolution."""

MEAN = [123.675, 116.28, 103.53]
STD = [58.395, 57.12, 57.375]

THRESHOLD = 0.5
"""The released code keeps what has a higher score."""

HALO_UM = 16.0
"""Context at a window's border, of about two nuclei; the default protocol only."""

SUPPRESSION_RADIUS_UM = 1.5
"""Nearer than two nuclei lie; the default protocol only, the released code suppresses nothing."""

LICENCE_ID = "LicenseRef-UniCell-Converted"

LICENCE = """\
Licence of the model files in this folder
=========================================

trunk.onnx and dataset.onnx (and files beside them that end in .data) were converted from a
checkpoint of the authors' UniCell code, {source}
(sha256 {sha256}).

Converting changes the form of the weights and gives no right to them. When this project last
looked, the root of the authors' repository (https://github.com/lhaof/UniCell) had no licence:
without one, all rights stay with the authors. Ask them before you use these files for more than the
law grants you anyway, and before you pass them on. If you trained the checkpoint yourself, the
weights are yours as far as your training data allows.

The published checkpoint was trained on CoNSeP (research only), MoNuSAC (CC BY-NC-SA 4.0), OCELOT
(CC BY-NC 4.0) and Lizard (CC BY-NC-SA 4.0), from ImageNet-22k weights of Swin Transformer (MIT):
what follows from it is for research and not commercial.

Research use only: not for diagnosis, treatment or any other decision about a patient.
The Apache-2.0 licence of this project's code does not cover these files.
"""


def write_official_card(
    folder: Path,
    config: UniCellConfig,
    match_radii_um: Sequence[float],
    *,
    source: str,
    sha256: str,
    window: int,
    mpp: float,
) -> None:
    """Writes ``card.json`` and ``LICENSE`` beside the graphs.

    Args:
        folder: The model's folder; its name is the model's id.
        config: Of the converted model.
        match_radii_um: Per data set.
        source, sha256: Name and hash of the checkpoint.
        window: Side in pixels of what detection shows the model at a time.
        mpp: Resolution at which it sees pictures under the default protocol.
    """
    tokens = sum(height * width for height, width in level_shapes(config, window, window))
    halo = min(round(HALO_UM / mpp), window // 4)
    card = {
        "schema": 1,
        "id": folder.name,
        "version": f"official-{sha256[:12]}",
        "description": (
            f"The authors' UniCell, converted from {source} (sha256 {sha256}): detects and "
            f"classifies nuclei in H&E pictures under {len(config.datasets)} label sets. "
            "Research use only."
        ),
        "researchUseOnly": True,
        "licence": {"id": LICENCE_ID, "file": "LICENSE"},
        "use": USE,
        "mpp": mpp,
        "window": {"width": window, "height": window, "haloPx": halo, "anySize": True},
        "protocol": "official",
        "normalisation": {"mean": MEAN, "std": STD},
        "queries": min(config.decoder.queries, tokens),
        "variants": {
            "fp32": {
                "trunk": graph_file(folder / "trunk.onnx"),
                "dataset": graph_file(folder / "dataset.onnx"),
            }
        },
        "datasets": [
            {
                "id": dataset.id,
                "name": dataset.name,
                "classes": list(dataset.classes),
                "threshold": THRESHOLD,
                "suppressionRadiusUm": SUPPRESSION_RADIUS_UM,
                "matchRadiusUm": radius,
            }
            for dataset, radius in zip(config.datasets, match_radii_um, strict=True)
        ],
        "scores": [],
        "training": {
            "data": [dataset.name for dataset in config.datasets],
            "command": f"python -m unicell.convert {source} --out models/{folder.name}",
        },
    }
    (folder / "card.json").write_text(json.dumps(card, indent=2) + "\n")
    (folder / "LICENSE").write_text(LICENCE.format(source=source, sha256=sha256))
