"""How the full UniCell is trained (UniCell spec section 12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class TrainingConfig:
    """Settings of ``[train]``; the defaults are those of the released code.

    The paper states other learning rates (1e-5, and 1e-4 for the backbone) and sides from 600 on
    (spec 14.13, 14.14): ``lr = 1e-5``, ``backbone_lr_scale = 10``, ``short_sides``.

    Attributes:
        steps: Batches.
        batch: Pictures of a batch, all of one data set; per process where several train.
        lr, weight_decay: AdamW; the decay is on everything.
        backbone_lr_scale: Factor of the backbone's rate.
        clip: Largest norm of the gradient.
        warmup_steps, warmup_factor: The rate rises linearly from this factor to 1.
        decay_at, decay: The rate is multiplied by ``decay`` at these shares of the steps.
        idle_heads: ``drift`` lets momentum and weight decay go on in the heads of data sets that
            are not in the batch, once they had a gradient (released code); ``rest`` does not.
        ema: Decay of the moving average that becomes the final weights; 0 takes the last ones.
        flip: Share of pictures that are mirrored left to right.
        short_sides, long_side: A picture is enlarged to one of the short sides, unless the long one
            would become longer than this.
        crop_share, crop: This share is first enlarged to the short side ``crop``, then cut to
            ``crop`` x ``crop`` pixels, which shortens pictures that are not square.
        min_side: Pictures of which a side is shorter are left out.
        precision: ``bf16`` computes in half precision where that is safe.
        recompute_backbone: Gradient checkpointing: the backbone's blocks are computed again for the
            gradient, which takes less memory and more time.
        splits: What is trained on.
        seed: Of everything.
    """

    steps: int = 160_000
    batch: int = 2
    lr: float = 1e-4
    backbone_lr_scale: float = 0.1
    weight_decay: float = 1e-4
    clip: float = 0.1
    warmup_steps: int = 1000
    warmup_factor: float = 0.1
    decay_at: tuple[float, ...] = (0.5, 0.75)
    decay: float = 0.1
    idle_heads: Literal["drift", "rest"] = "drift"
    ema: float = 0.0
    flip: float = 0.5
    short_sides: tuple[int, ...] = (640, 672, 704, 736, 768, 800)
    long_side: int = 1333
    crop_share: float = 0.5
    crop: int = 800
    min_side: int = 32
    precision: Literal["fp32", "bf16"] = "fp32"
    recompute_backbone: bool = False
    splits: tuple[str, ...] = ("train",)
    seed: int = 1

    def __post_init__(self) -> None:
        positive = {
            name: getattr(self, name)
            for name in ("steps", "batch", "lr", "clip", "long_side", "crop", "min_side")
        }
        sides = {f"short_sides[{i}]": side for i, side in enumerate(self.short_sides)}
        for name, value in {**positive, **sides}.items():
            if not value > 0:
                raise ValueError(f"train.{name}: got {value}, must be more than 0")
        at = {f"decay_at[{i}]": share for i, share in enumerate(self.decay_at)}
        for name, share in {
            "flip": self.flip,
            "crop_share": self.crop_share,
            "ema": self.ema,
            **at,
        }.items():
            if not 0 <= share <= 1:
                raise ValueError(f"train.{name}: got {share}, must be a share from 0 to 1")
        if not self.short_sides or not self.splits:
            raise ValueError("train.short_sides and train.splits must not be empty")

    def learning_rate(self, step: int) -> float:
        """The rate of a step, counted from 0, for all but the backbone."""
        factor = 1.0
        if step < self.warmup_steps:
            risen = min(1.0, step / max(1, self.warmup_steps - 1))
            factor = self.warmup_factor + (1.0 - self.warmup_factor) * risen
        passed = sum(step >= round(share * self.steps) for share in self.decay_at)
        return self.lr * factor * self.decay**passed
