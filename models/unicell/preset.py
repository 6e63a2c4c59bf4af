"""Presets of the dense-guided UniCell: what to build, on which data sets, and how to train it.

A preset is one TOML file in ``models/presets``. Every field is documented on its dataclass; a
field the file does not know is an error, so a typo never trains the wrong model.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from .preset_file import read_table

T = TypeVar("T")


@dataclass(frozen=True)
class DatasetConfig:
    """One data set (label set) of the model.

    Attributes:
        id: stable id, also the folder name of the data.
        name: the name that becomes the data set prompt.
        classes: class names in head order, as the model card states them.
        labels: spelling of the classes in ``points.csv``, in head order; a list of spellings where
            several labels are one class.
        sources: folders of the data; the one named as the id when not given.
        borrowed: folders of other data sets whose pictures it learns from, too, and for each of its
            classes the labels there that mean the same; a nucleus of any other label is of unknown
            class. A head then learns its names on more than its own slides; what it takes for a
            nucleus, on its own alone. Scores and thresholds are those of its own folders.
        prompt_categories: names of the category memory bank that this data set sees.
        match_radius_um: a prediction matches a nucleus within this distance.
        weight: share of the steps' ``batch`` that is drawn from it.
        crop: side of its training crops in pixels, a multiple of 32; the window when not given. A
            data set of small pictures needs no large crops.
    """

    id: str
    name: str
    classes: list[str]
    labels: list[str | list[str]]
    prompt_categories: list[str]
    sources: list[str] = field(default_factory=list)
    borrowed: dict[str, list[list[str]]] = field(default_factory=dict)
    match_radius_um: float = 3.0
    weight: float = 1.0
    crop: int | None = None

    def __post_init__(self) -> None:
        for folder, labels in self.borrowed.items():
            if folder in self.folders or len(labels) != len(self.classes):
                raise ValueError(
                    f"{self.id}: borrowed.{folder} must be another folder, with a list of labels "
                    f"for each of {self.classes}; it has {labels}"
                )

    @property
    def folders(self) -> list[str]:
        """Folders of the data."""
        return self.sources or [self.id]


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the dense-guided UniCell.

    Attributes:
        window: side of the square window in pixels at the model's resolution, a multiple of 32.
        halo: border of a window that only gives context, in pixels.
        backbone: one of :data:`unicell.backbone.BACKBONES`.
        input_scale: 2 enlarges the window two times inside the network; 1 takes it as it is.
        dim: channels of the coarse levels (strides 8, 16 and 32).
        fine_dim: channels of the finest level (stride 4).
        heads: attention heads.
        points: sampling points per head and level of deformable attention.
        encoder_levels: of the coarse levels, how many of the coarsest the deformable encoder sees.
        encoder_layers, encoder_ffn: its layers, and their hidden width.
        fusion_blocks: convolution blocks on stride 8.
        fine_blocks: inverted residuals on the finest level, after the prompt.
        prompt_layers: L, layers of localised attention of the prompt module; 0 leaves it out.
        prompt_on: ``features`` (feature-enhancing, the paper's choice) or ``queries``.
        dataset_prompt, category_bank: either may be left out (the paper's Table 2).
        prompt_ffn: hidden width inside the prompt module.
        prompt_context: learnable context vectors per prompt.
        cells: sub-cells per finest token and axis of the dense first stage.
        head_dim: hidden width of the dense heads.
        queries: queries at inference; ``train_queries`` at training.
        decoder_layers, decoder_ffn: decoder that refines the dense stage.
    """

    window: int = 256
    halo: int = 32
    backbone: str = "efficientnet-lite0"
    input_scale: int = 1
    dim: int = 96
    fine_dim: int = 64
    heads: int = 4
    points: int = 4
    encoder_levels: int = 2
    encoder_layers: int = 1
    encoder_ffn: int = 384
    fusion_blocks: int = 1
    fine_blocks: int = 1
    prompt_layers: int = 1
    prompt_on: Literal["features", "queries"] = "features"
    dataset_prompt: bool = True
    category_bank: bool = True
    prompt_ffn: int = 128
    prompt_context: int = 4
    cells: int = 2
    head_dim: int = 64
    queries: int = 600
    train_queries: int = 300
    decoder_layers: int = 2
    decoder_ffn: int = 256


@dataclass(frozen=True)
class TrainConfig:
    """How to train.

    Attributes:
        steps: optimiser steps; each sees ``batch`` crops of every data set. On a CPU two are
            faster than one and one: convolutions of a single picture take another path.
        dense_steps: of these, steps that train the dense stage alone, before the decoder joins.
        batch: crops per data set and step.
        largest_crop: crops of every data set are at most so large, in pixels.
        frozen_blocks: blocks of the backbone, from its stem on, that keep their weights.
        lr, backbone_lr_scale, weight_decay, clip: AdamW.
        warmup_steps, decay_steps: the first and last steps, in which the rate rises and falls; it
            falls for half of the steps at most.
        ema: decay of the averaged weights, which are the ones that are shipped.
        scale_jitter: largest relative enlargement or shrinking of a crop.
        free_transform: share of crops with free rotation and scale instead of quarter turns only.
        stain_jitter: strength of the colour changes in stain space.
        hue_share: share of the crops whose hue is turned.
        degrade: factor on the shares of blurred, shrunk, compressed and noisy crops.
        empty_every: every so many steps a field without nuclei (:mod:`unicell.empty_fields`) is
            learnt under the head of one data set; 0 leaves them out.
        borrow_share: share of a data set's crops that come from what it has ``borrowed``.
        rare_share: share of crops centred near a nucleus of a class drawn uniformly.
        class_balance: exponent of the inverse class frequency in the class loss.
        offset_weight, name_weight: weights of all losses of points and of classes; those of
            objectness have one.
        denoising_groups: groups of contrastive denoising queries; 0 leaves them out.
        distill: weight of what teachers said (``--lessons``) under a crop's own label set.
        distill_across: weight of what they said under those of the other data sets.
        splits: what is trained on; shipped weights may add ``val`` once all choices are made.
        seed: of everything.
    """

    steps: int = 6000
    dense_steps: int = 3000
    batch: int = 2
    largest_crop: int = 4096
    frozen_blocks: int = 0
    lr: float = 1e-3
    backbone_lr_scale: float = 0.25
    weight_decay: float = 0.02
    clip: float = 1.0
    warmup_steps: int = 200
    decay_steps: int = 2000
    ema: float = 0.998
    scale_jitter: float = 0.25
    free_transform: float = 0.5
    stain_jitter: float = 1.0
    hue_share: float = 0.5
    degrade: float = 1.0
    empty_every: int = 4
    borrow_share: float = 0.0
    rare_share: float = 0.3
    class_balance: float = 0.5
    offset_weight: float = 1.0
    name_weight: float = 1.0
    denoising_groups: int = 2
    distill: float = 0.0
    distill_across: float = 0.0
    splits: list[str] = field(default_factory=lambda: ["train"])
    seed: int = 1


@dataclass(frozen=True)
class Preset:
    """A model, its data sets and its training, from one file.

    Attributes:
        id: of the model.
        mpp: resolution of the model, micrometres per pixel.
        datasets: in the order of the heads.
        tokens: token ids of every data set and category name, closing dot included.
        model, train: see there.
        label_shift_um: by folder, how far right and below of its labels the nuclei lie, as
            ``python -m unicell.label_shift`` measures it; training moves its targets there.
    """

    id: str
    mpp: float
    datasets: list[DatasetConfig]
    tokens: dict[str, list[int]]
    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    label_shift_um: dict[str, list[float]] = field(default_factory=dict)

    def dataset_index(self, dataset_id: str) -> int:
        """Index of a data set in the order of the heads."""
        ids = [dataset.id for dataset in self.datasets]
        if dataset_id not in ids:
            raise ValueError(f"data set {dataset_id!r} is not one of {ids}")
        return ids.index(dataset_id)

    def crop_px(self, dataset: int) -> int:
        """Side of the training crops of a data set."""
        return min(self.datasets[dataset].crop or self.model.window, self.train.largest_crop)

    def token_ids(self, name: str) -> list[int]:
        """Token ids of a name."""
        if name not in self.tokens:
            raise ValueError(
                f"[tokens] lacks {name!r}; `python -m unicell.tokenizer {name!r}` prints its ids"
            )
        return self.tokens[name]

    @property
    def category_names(self) -> list[str]:
        """The category memory bank: every name that some data set sees, in order of appearance."""
        names: dict[str, None] = {}
        for dataset in self.datasets:
            names.update(dict.fromkeys(dataset.prompt_categories))
        return list(names)


def build(cls: type[T], table: dict[str, Any], where: str) -> T:
    """Build a dataclass from a TOML table, refusing names it does not know."""
    known = {f.name for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(table) - known)
    if unknown:
        raise ValueError(f"{where}: {unknown} are not among the fields {sorted(known)}")
    return cls(**table)


def parse_preset(table: dict[str, Any], where: str) -> Preset:
    """Build a preset from parsed TOML."""
    table = dict(table)
    datasets = [build(DatasetConfig, entry, where) for entry in table.pop("datasets")]
    model = build(ModelConfig, table.pop("model", {}), f"{where} [model]")
    train = build(TrainConfig, table.pop("train", {}), f"{where} [train]")
    return build(Preset, table | {"datasets": datasets, "model": model, "train": train}, where)


def load_preset(name: str) -> Preset:
    """Load ``models/presets/NAME.toml``, or the file of that path."""
    return parse_preset(read_table(name), name)


def preset_from_dict(table: dict[str, Any]) -> Preset:
    """Build a preset from ``dataclasses.asdict`` of one, as checkpoints hold it."""
    return parse_preset(table, "checkpoint")
