"""Running means of counts, by which sums of losses are divided.

A loss divided by the nuclei of its own step gives a crop of two nuclei the weight of one of five
hundred, and its classes, too. Divided by what a step holds on average, every nucleus weighs the
same.
"""

from __future__ import annotations

DECAY = 0.99


class RunningMeans:
    """Exponential means by name; the first steps count alike, so that none starts at zero."""

    def __init__(self) -> None:
        self.state: dict[str, tuple[float, int]] = {}

    def update(self, name: str, value: float) -> float:
        """Take a value in, and give the mean, at least one."""
        mean, steps = self.state.get(name, (0.0, 0))
        share = max(1 - DECAY, 1 / (steps + 1))
        mean += share * (value - mean)
        self.state[name] = (mean, steps + 1)
        return max(mean, 1.0)
