"""Configuration of the full UniCell, read from a preset (``models/presets/swin-b.toml``).

Where the paper and its released code differ (UniCell spec section 14), a field names the choice.
The defaults are the sizes of the published model and what the paper means; a converted checkpoint
states ``official`` where it needs the behaviour of the released code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .preset_file import read_table
from .prompt import Variant
from .prompt_text import Vocabulary
from .strict_table import parse
from .training_config import TrainingConfig

Distance = Literal["l1", "euclidean"]
"""Distance of two points: ``|dx| + |dy|`` (code) or the straight line (paper; spec 14.16)."""


@dataclass(frozen=True)
class CategoryConfig:
    """A name in the category memory bank with its token ids (:mod:`unicell.tokenizer`)."""

    name: str
    tokens: tuple[int, ...]


@dataclass(frozen=True)
class LabelSetConfig:
    """A data set: a set of classes with heads of its own.

    Attributes:
        id: Stable id.
        name: What becomes the data set prompt.
        tokens: Token ids of the name.
        classes: Class names in head order.
        categories: Names of the memory bank that the data set sees.
        labels: Per class how ``points.csv`` may spell it beside its name; none for the name alone.
        class_weight: Factor of its class losses, the paper's balance factor.
        match_radius_um: A prediction matches a nucleus within this distance.
    """

    id: str
    name: str
    tokens: tuple[int, ...]
    classes: tuple[str, ...]
    categories: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...] = ()
    class_weight: float = 1.0
    match_radius_um: float = 3.0

    def __post_init__(self) -> None:
        if self.labels and len(self.labels) != len(self.classes):
            raise ValueError(
                f"{self.id}: labels of {len(self.labels)} classes, but {len(self.classes)} classes"
            )

    @property
    def spellings(self) -> Sequence[list[str]]:
        """Per class all that ``points.csv`` may call it."""
        labels = self.labels or ((),) * len(self.classes)
        return [[name, *more] for name, more in zip(self.classes, labels, strict=True)]


@dataclass(frozen=True)
class SwinConfig:
    """The backbone (:class:`unicell.swin.SwinTransformer`)."""

    embed_dims: int = 128
    depths: tuple[int, ...] = (2, 2, 18, 2)
    heads: tuple[int, ...] = (4, 8, 16, 32)
    window: int = 12
    mlp_ratio: float = 4.0
    drop_path: float = 0.2
    shift: Literal["always", "larger-maps"] = "always"
    merging: Literal["channel-major", "position-major"] = "channel-major"
    first_output: int = 1


@dataclass(frozen=True)
class NeckConfig:
    """The channel mapper (:class:`unicell.neck.ChannelMapper`)."""

    dims: int = 256
    extra_levels: int = 1
    groups: int = 32


@dataclass(frozen=True)
class EncoderConfig:
    """The deformable encoder (:class:`unicell.encoder.DeformableEncoder`)."""

    layers: int = 3
    heads: int = 8
    points: int = 4
    ffn: int = 2048


@dataclass(frozen=True)
class PromptConfig:
    """The dynamic prompt module (:class:`unicell.prompt.DynamicPromptModule`).

    Attributes:
        placement: ``feature`` lets the encoder's features attend to the prompt, ``query`` the
            content queries of the decoder, ``none`` leaves the module out.
    """

    placement: Literal["feature", "query", "none"] = "feature"
    mode: Variant = "paper"
    mask: Variant = "paper"
    block: Variant = "paper"
    layers: int = 3
    heads: int = 8
    ffn: int = 512
    context: int = 16
    vocabulary: Vocabulary = "used"
    dataset_prompt: bool = True
    category_bank: bool = True


@dataclass(frozen=True)
class DecoderConfig:
    """Query selection and decoder (:mod:`unicell.selection`, :mod:`unicell.decoder`)."""

    queries: int = 900
    layers: int = 3
    heads: int = 8
    points: int = 4
    ffn: int = 2048


@dataclass(frozen=True)
class HeadConfig:
    """Heads per data set (:class:`unicell.heads.DatasetHeads`)."""

    structure: Variant = "paper"


@dataclass(frozen=True)
class DenoisingConfig:
    """Contrastive denoising (:class:`unicell.denoising.ContrastiveDenoising`)."""

    queries: int = 300
    label_noise: float = 0.5
    noise: Variant = "paper"
    inner: float = 0.5
    outer: float = 1.0


@dataclass(frozen=True)
class LossConfig:
    """Matching costs and losses (:mod:`unicell.matching`, :mod:`unicell.losses`)."""

    class_cost: float = 2.0
    point_cost: float = 5.0
    class_weight: float = 1.0
    point_weight: float = 5.0
    distance: Distance = "l1"


@dataclass(frozen=True)
class UniCellConfig:
    """The whole model."""

    id: str
    datasets: tuple[LabelSetConfig, ...]
    categories: tuple[CategoryConfig, ...]
    swin: SwinConfig = field(default_factory=SwinConfig)
    neck: NeckConfig = field(default_factory=NeckConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    prompt: PromptConfig = field(default_factory=PromptConfig)
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    heads: HeadConfig = field(default_factory=HeadConfig)
    denoising: DenoisingConfig = field(default_factory=DenoisingConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    train: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        names = [category.name for category in self.categories]
        for dataset in self.datasets:
            unknown = sorted(set(dataset.categories) - set(names))
            if unknown:
                raise ValueError(f"{dataset.id}: categories {unknown} are not among {names}")

    def visible_categories(self) -> list[list[int]]:
        """For each data set the indices of the categories that it sees."""
        names = [category.name for category in self.categories]
        return [[names.index(name) for name in dataset.categories] for dataset in self.datasets]

    def dataset_index(self, dataset_id: str) -> int:
        """Index of a data set in the order of the heads."""
        ids = [dataset.id for dataset in self.datasets]
        if dataset_id not in ids:
            raise ValueError(f"data set {dataset_id!r} is not one of {ids}")
        return ids.index(dataset_id)


def load_config(preset: str | Path) -> UniCellConfig:
    """Reads ``models/presets/NAME.toml``, or the file of that path.

    Raises:
        ValueError: no such preset, or a field that does not fit; the message names it.
    """
    return parse(UniCellConfig, read_table(str(preset)), Path(preset).name)
