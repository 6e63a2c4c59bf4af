"""Where a data set of an exported model stands: its exit, threshold and radius, and its scores."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .calibration import Calibration, calibrate, outcomes
from .data import LabelledImage
from .guided import GuidedUniCell
from .predict import predict, suppress
from .preset import Preset
from .validate import EXITS, Choice, choose_operating_point

CALIBRATED_THRESHOLD = 0.5
"""The threshold of every data set once its scores are calibrated."""


DECODER_GAIN = 0.01
"""What the decoder must add to Fd + Fc on val to be run: it makes a window a quarter slower."""


@dataclass(frozen=True)
class OperatingPoint:
    """What was chosen on val for one data set.

    Attributes:
        choice: the threshold of uncalibrated scores, and what it reaches.
        calibration: what the exported graph does to the scores.
        pictures: of val; none where it was chosen for another model.
        offers: the choices of all exits.
    """

    choice: Choice
    calibration: Calibration
    pictures: int
    offers: tuple[Choice, ...] = ()


def choose_exit(offers: Sequence[Choice]) -> Choice:
    """The decoder's offer where it is better by :data:`DECODER_GAIN`, else the dense exit's."""
    by_exit = {offer.exit: offer for offer in offers}
    dense, decoder = by_exit["dense"], by_exit.get("decoder")
    if decoder is None or decoder.selection_score - dense.selection_score < DECODER_GAIN:
        return dense
    return decoder


def find_operating_point(
    model: GuidedUniCell,
    pictures: Sequence[LabelledImage],
    dataset: int,
    learned: Sequence[LabelledImage] = (),
) -> OperatingPoint:
    """Choose exit, threshold and radius of a data set, and calibrate its scores.

    Args:
        model: what was trained.
        pictures: of val, which choose the exit and the slope, and have a say in the rest.
        dataset: its index.
        learned: of train, which have a say in threshold and radius: on the five to ten pictures
            that some val splits have, the best threshold is one by chance.
    """
    pictures = list(pictures)
    exits = EXITS if model.part.layers else EXITS[1:]
    offers = tuple(
        choose_operating_point(model, pictures, dataset, exit_, beside=learned) for exit_ in exits
    )
    choice = choose_exit(offers)
    config = model.preset.datasets[dataset]
    decode = choice.exit == "decoder"
    found = [
        suppress(
            predict(model, picture, dataset, decode=decode),
            choice.radius_um / model.preset.mpp,
        )
        for picture in pictures
    ]
    fit = calibrate(*outcomes(pictures, found, config.match_radius_um), choice.threshold)
    return OperatingPoint(choice, fit, len(pictures), offers)


def read_operating_points(card: Path, preset: Preset) -> list[OperatingPoint]:
    """What the card of an exported model says of each data set, for one that learned val as well.

    Raises:
        ValueError: the card is of other data sets, or one of them is not calibrated.
    """
    found = {one["id"]: one for one in json.loads(card.read_text())["datasets"]}
    points = []
    for dataset in preset.datasets:
        of_card = found.get(dataset.id, {})
        if of_card.get("classes") != dataset.classes or "calibration" not in of_card:
            raise ValueError(
                f"{card} has no calibrated {dataset.id} of the classes {dataset.classes}; it has "
                f"{ {name: one['classes'] for name, one in found.items()} }"
            )
        told = of_card["calibration"]
        fit = Calibration(told["slope"], told["offset"], told["eceBefore"], told["eceAfter"])
        # The raw score that the calibration brings to one half.
        threshold = 1 / (1 + math.exp(fit.offset / fit.slope))
        choice = Choice(of_card["exit"], threshold, of_card["suppressionRadiusUm"], 0.0, 0.0, [])
        points.append(OperatingPoint(choice, fit, 0))
    return points
