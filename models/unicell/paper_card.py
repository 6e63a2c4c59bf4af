"""The model card of the full UniCell, converted from the authors' checkpoint or trained here."""

from __future__ import annotations

import json
from pathlib import Path

from .card import USE, graph_file
from .config import UniCellConfig
from .graphs import level_shapes
from .image_batch import MEAN, STD
from .origin import Origin

MPP = 0.15625
"""Micrometres per pixel of what the model sees under the paper's CoNSeP and Lizard: tiles of 250
pixels at 0.5, enlarged to 800. Of MoNuSAC (320 pixels at 0.25) it sees 0.1, of OCELOT (512 at 0.2)
0.128; the official protocol takes file pixels and needs no resolution."""

THRESHOLD = 0.5
"""The released code keeps what has a higher score."""

HALO_UM = 16.0
"""Context at a window's border, of about two nuclei; the default protocol only."""

SUPPRESSION_RADIUS_UM = 1.5
"""Nearer than two nuclei lie; the default protocol only, the released code suppresses nothing."""


def write_paper_card(
    folder: Path, config: UniCellConfig, origin: Origin, *, window: int, mpp: float
) -> None:
    """Writes ``card.json`` and ``LICENSE`` beside the graphs.

    Args:
        folder: The model's folder; its name is the model's id.
        config: Of the model.
        origin: Where its weights come from.
        window: Side in pixels of what detection shows the model at a time.
        mpp: Resolution at which it sees pictures under the default protocol.
    """
    tokens = sum(height * width for height, width in level_shapes(config, window, window))
    halo = min(round(HALO_UM / mpp), window // 4)
    card = {
        "schema": 1,
        "id": folder.name,
        "version": origin.version,
        "description": (
            f"{origin.description}: detects and classifies nuclei in H&E pictures under "
            f"{len(config.datasets)} label sets. Research use only."
        ),
        "researchUseOnly": True,
        "licence": {"id": origin.licence_id, "file": "LICENSE"},
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
                "matchRadiusUm": dataset.match_radius_um,
            }
            for dataset in config.datasets
        ],
        "scores": [],
        "training": {
            "data": [dataset.name for dataset in config.datasets],
            "command": origin.command,
        },
    }
    (folder / "card.json").write_text(json.dumps(card, indent=2) + "\n")
    (folder / "LICENSE").write_text(origin.licence)
