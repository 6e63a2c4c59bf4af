"""The full UniCell: backbone, neck, encoder, prompt module, query selection, decoder, heads."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .config import UniCellConfig
from .decoder import Decoder, inverse_sigmoid
from .denoising import ContrastiveDenoising, DenoisingQueries
from .encoder import DeformableEncoder
from .heads import DatasetHeads, FrozenHeads, Heads
from .losses import StageOutputs, total_losses
from .neck import ChannelMapper
from .prompt import DynamicPromptModule, FrozenPrompt
from .pyramid import Pyramid
from .selection import Proposals, QuerySelection
from .stacked import Index
from .swin import SwinTransformer
from .targets import Targets

POINT_EPS = 1e-5
"""Reference points are kept this far from the border when the heads refine them."""


@dataclass(frozen=True)
class TrainingOutputs:
    """What training compares with the targets.

    Attributes:
        encoder: The selected proposals.
        decoder: Per layer, denoising queries first.
    """

    encoder: StageOutputs
    decoder: list[StageOutputs]


class UniCell(nn.Module):
    """One model, several data sets.

    :meth:`encode` does not know the data set: a picture wanted under several is encoded once.

    Args:
        config: Sizes, data sets and choices.
    """

    def __init__(self, config: UniCellConfig) -> None:
        super().__init__()
        self.config = config
        dims = config.neck.dims
        classes = [len(dataset.classes) for dataset in config.datasets]
        self.backbone = SwinTransformer(**dataclasses.asdict(config.swin))
        self.neck = ChannelMapper(
            self.backbone.out_channels, dims, config.neck.extra_levels, config.neck.groups
        )
        levels = len(self.backbone.out_channels) + config.neck.extra_levels
        e, d = config.encoder, config.decoder
        self.encoder = DeformableEncoder(dims, e.heads, levels, e.points, e.ffn, e.layers)
        self.prompt: DynamicPromptModule | FrozenPrompt | None = _build_prompt(config)
        self.selection = QuerySelection(dims)
        self.query_embedding = nn.Embedding(d.queries, dims)
        nn.init.xavier_uniform_(self.query_embedding.weight)
        self.decoder = Decoder(dims, d.heads, levels, d.points, d.ffn, d.layers)
        self.heads: Heads = DatasetHeads(classes, dims, d.layers + 1, config.heads.structure)
        n = config.denoising
        self.denoising = ContrastiveDenoising(
            classes, dims, n.queries, n.label_noise, n.noise, n.inner, n.outer
        )

    def frozen(self) -> UniCell:
        """A copy for export that shares the weights and takes the data set as a tensor, too.

        Its prompt is constant, and every data set has as many class logits as the largest.
        """
        shared = {id(tensor): tensor for tensor in self.state_dict(keep_vars=True).values()}
        frozen = copy.deepcopy(self, shared)
        if isinstance(self.heads, DatasetHeads):
            frozen.heads = FrozenHeads(self.heads)
        if isinstance(self.prompt, DynamicPromptModule):
            frozen.prompt = FrozenPrompt(self.prompt)
        return frozen

    def encode(self, images: Tensor, padding: Tensor | None = None) -> Pyramid:
        """The trunk: pictures to encoded tokens, for any data set.

        Args:
            images: (B, 3, H, W), normalised.
            padding: (B, H, W), true where a picture is padded at its right and bottom.
        """
        memory: Pyramid = self.encoder(self.neck(self.backbone(images)), padding)
        return memory

    def enhance(self, memory: Pyramid, dataset: Index) -> Pyramid:
        """Lets the features look at the prompt, if that is where the prompt is placed."""
        if self.prompt is None or self.config.prompt.placement != "feature":
            return memory
        return dataclasses.replace(memory, tokens=self.prompt(memory.tokens, dataset))

    def content_queries(self, count: int, batch: int, dataset: Index) -> Tensor:
        """Content of the first ``count`` queries: (B, count, C); query r goes to the r-th token."""
        queries = self.query_embedding.weight[:count].expand(batch, -1, -1)
        if self.prompt is None or self.config.prompt.placement != "query":
            return queries
        enhanced: Tensor = self.prompt(queries, dataset)
        return enhanced

    def propose(self, memory: Pyramid, dataset: Index) -> Proposals:
        """First stage: class logits and points for all tokens of the enhanced memory."""
        proposals: Proposals = self.selection(memory, self.heads, dataset)
        return proposals

    def decode(
        self,
        memory: Pyramid,
        dataset: Index,
        content: Tensor,
        reference: Tensor,
        blocked: Tensor | None = None,
    ) -> list[StageOutputs]:
        """Second stage: outputs per decoder layer; arguments as for :class:`Decoder`."""

        def point_head(layer: int, queries: Tensor) -> Tensor:
            return self.heads.point_offsets(dataset, layer, queries)

        states = self.decoder(content, reference, memory, point_head, blocked)
        outputs = []
        for i, hidden in enumerate(states.hidden):
            start = inverse_sigmoid(states.references[i], POINT_EPS)
            points = (point_head(i, hidden) + start).sigmoid()
            outputs.append(StageOutputs(self.heads.class_logits(dataset, i, hidden), points))
        return outputs

    def detect(self, memory: Pyramid, dataset: Index) -> StageOutputs:
        """The part that depends on the data set: encoded tokens to outputs of the last layer."""
        memory = self.enhance(memory, dataset)
        proposals = self.propose(memory, dataset)
        best = proposals.best(self.config.decoder.queries)
        reference = proposals.take(best).point_logits.sigmoid()
        content = self.content_queries(best.shape[1], best.shape[0], dataset)
        return self.decode(memory, dataset, content, reference)[-1]

    def forward(self, images: Tensor, dataset: int, padding: Tensor | None = None) -> StageOutputs:
        """Class logits (B, Q, classes) and points (B, Q, 2) of pictures under a data set.

        Points are (x, y) in [0, 1] of the unpadded picture; see :meth:`encode` for the arguments.
        """
        return self.detect(self.encode(images, padding), dataset)

    def training_outputs(
        self,
        images: Tensor,
        dataset: int,
        denoising: DenoisingQueries,
        padding: Tensor | None = None,
    ) -> TrainingOutputs:
        """Outputs of every stage for a batch of one data set."""
        memory = self.enhance(self.encode(images, padding), dataset)
        proposals = self.propose(memory, dataset)
        chosen = proposals.take(proposals.best(self.config.decoder.queries))
        count = chosen.point_logits.shape[1]
        points = chosen.point_logits.sigmoid()
        content = self.content_queries(count, images.shape[0], dataset)
        content = torch.cat([denoising.content, content], 1)
        reference = torch.cat([denoising.reference_logits.sigmoid(), points.detach()], 1)
        decoded = self.decode(memory, dataset, content, reference, denoising.blocked(count))
        return TrainingOutputs(StageOutputs(chosen.class_logits, points), decoded)

    def losses(
        self,
        images: Tensor,
        dataset: int,
        targets: Sequence[Targets],
        padding: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """All loss terms (:func:`total_losses`) of a batch of one data set.

        Args:
            images, dataset, padding: As for :meth:`forward`.
            targets: Per picture.
            generator: Draws the denoising noise.
        """
        denoising: DenoisingQueries = self.denoising(targets, dataset, generator)
        outputs = self.training_outputs(images, dataset, denoising, padding)
        weight = self.config.datasets[dataset].class_weight
        return total_losses(
            outputs.encoder, outputs.decoder, denoising, targets, self.config.loss, weight
        )


def _build_prompt(config: UniCellConfig) -> DynamicPromptModule | None:
    p = config.prompt
    if p.placement == "none":
        return None
    return DynamicPromptModule(
        [dataset.tokens for dataset in config.datasets],
        [category.tokens for category in config.categories],
        config.visible_categories(),
        dims=config.neck.dims,
        heads=p.heads,
        ffn=p.ffn,
        layers=p.layers,
        mode=p.mode,
        mask=p.mask,
        block=p.block,
        context=p.context,
        vocabulary=p.vocabulary,
        dataset_prompt=p.dataset_prompt,
        category_bank=p.category_bank,
    )
