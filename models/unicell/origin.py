"""Where the weights of a full UniCell come from, and what that allows to do with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_OFFICIAL_LICENCE = """\
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

_TRAINED_LICENCE = """\
Licence of the model files in this folder
=========================================

trunk.onnx and dataset.onnx (and files beside them that end in .data) hold weights that were trained
with the code of this project: {source} (sha256 {sha256}).

Whoever trained them says here what others may do with them, as far as the terms of the pictures and
labels they were trained on allow, and those of the weights that training started from. They were
trained on: {datasets}. Put your terms in place of this note before you pass the files on.

Research use only: not for diagnosis, treatment or any other decision about a patient.
The Apache-2.0 licence of this project's code does not cover these files.
"""


@dataclass(frozen=True)
class Origin:
    """What a model's card says of its weights.

    Attributes:
        version: Of the model; results and caches name it.
        description: The beginning of a sentence.
        licence_id, licence: Identifier and text.
        command: What made the weights.
    """

    version: str
    description: str
    licence_id: str
    licence: str
    command: str


def official_origin(source: str, sha256: str, model_id: str) -> Origin:
    """Weights from a checkpoint of the authors' code.

    Args:
        source, sha256: Name and hash of the file.
        model_id: Name of the converted model.
    """
    return Origin(
        f"official-{sha256[:12]}",
        f"The authors' UniCell, converted from {source} (sha256 {sha256})",
        "LicenseRef-UniCell-Converted",
        _OFFICIAL_LICENCE.format(source=source, sha256=sha256),
        f"python -m unicell.convert {source} --out models/{model_id}",
    )


def trained_origin(
    source: str, sha256: str, preset: str, datasets: Sequence[str], command: str
) -> Origin:
    """Weights that a run of this project has left.

    Args:
        source, sha256: Name and hash of the file.
        preset: Id of the preset.
        datasets: Names of what it was trained on.
        command: What trained it.
    """
    return Origin(
        f"{preset}-{sha256[:12]}",
        f"The paper's UniCell, preset {preset}, trained here",
        "LicenseRef-UniCell-Trained",
        _TRAINED_LICENCE.format(source=source, sha256=sha256, datasets=", ".join(datasets)),
        command,
    )
