"""The data set part: what is computed once per picture and data set.

The prompt module turns the trunk's features towards a data set; dense heads score every cell of the
finest level; the best local maxima become queries, which a decoder refines. The decoder's outputs
are residuals that start at zero on the dense logits and points, so the model begins as its dense
stage and can only learn to improve on it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .convolution import DepthwiseConv, PointwiseConv
from .decoder import DecoderLayer
from .dense import DenseMaps, cell_centres
from .positional import encode_points
from .preset import ModelConfig, Preset
from .prompt import DynamicPromptModule, PromptConstants
from .stacked import Index, StackedLinear, pick

FINE_STRIDE = 4
"""Pixels of the window per token of the finest level."""

QUERY_FLOOR = -3.0
"""Objectness logit (a score of 0.05) under which a local maximum is no query."""

FILLER = -1.0e4
"""Logit of a query that stands for nothing: far below any threshold."""


@dataclass(frozen=True)
class Memory:
    """What a window is to one data set.

    Attributes:
        fine: (B, H x W, F) tokens of the finest level, the prompted stride 8 carried up into them.
        coarse: (B, N, C) prompted tokens of the strides 8, 16 and 32.
    """

    fine: Tensor
    coarse: Tensor


@dataclass(frozen=True)
class Queries:
    """Candidate nuclei, at one stage of refinement.

    Attributes:
        objectness: (B, Q) logits; ``FILLER`` where the query stands for nothing.
        classes: (B, Q, K) logits of a softmax.
        points: (B, Q, 2) in pixels of the window.
    """

    objectness: Tensor
    classes: Tensor
    points: Tensor

    def joint_logits(self) -> Tensor:
        """(B, Q, K) logits as exported.

        The sigmoid of the largest is the objectness, and their softmax is the class distribution.
        """
        best = self.classes.amax(-1, keepdim=True)
        return self.objectness[..., None] + self.classes - best


class FineBlock(nn.Module):
    """Filter by depth and mix, with a shortcut: what a level of stride 4 can afford."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.filter = DepthwiseConv(dim, 3)
        self.mix = PointwiseConv(dim, dim)
        # A block begins as nothing, so one may be added to a model that is trained.
        nn.init.zeros_(self.mix.weight)
        assert self.mix.bias is not None
        nn.init.zeros_(self.mix.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, F, H, W) to the same."""
        out: Tensor = x + self.mix(functional.relu6(self.filter(functional.relu6(x))))
        return out


class DatasetPart(nn.Module):
    """Prompt module, dense heads, query selection and decoder.

    The prompt works on the coarse tokens; stride 8 is then carried up into the finest level, on
    which the dense heads stand. A window of 256 px has 4,096 tokens of stride 4 and 1,024 of
    stride 8: a quarter of the attention, and what a prompt says (which label set) is coarse.
    """

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        config = preset.model
        self.config: ModelConfig = config
        dim, count = config.dim, len(preset.datasets)
        self.class_counts = [len(d.classes) for d in preset.datasets]
        most = max(self.class_counts)
        names = preset.category_names
        self.prompt: DynamicPromptModule | None = None
        if config.prompt_layers:
            self.prompt = DynamicPromptModule(
                [preset.token_ids(d.name) for d in preset.datasets],
                [preset.token_ids(name) for name in names],
                [[names.index(c) for c in d.prompt_categories] for d in preset.datasets],
                dims=dim,
                heads=config.heads,
                ffn=config.prompt_ffn,
                layers=config.prompt_layers,
                context=config.prompt_context,
                dataset_prompt=config.dataset_prompt,
                category_bank=config.category_bank,
            )
        # Each token of stride 8 says something of its own to each of the four in it.
        self.climb = nn.Linear(dim, config.fine_dim * 4)
        self.fine_blocks = nn.Sequential(
            *(FineBlock(config.fine_dim) for _ in range(config.fine_blocks))
        )
        self.hidden = StackedLinear(count, config.fine_dim, config.head_dim)
        self.cells = config.cells
        self.dense = StackedLinear(count, config.head_dim, self.cells**2 * (3 + most))
        with torch.no_grad():
            self.dense.bias.view(count, self.cells**2, -1)[..., 0] = -4.6
        self.register_buffer("class_bias", torch.zeros(count, most), persistent=False)
        for d, classes in enumerate(self.class_counts):
            self.class_bias[d, classes:] = FILLER
        self.class_bias: Tensor
        self.content = nn.Linear(config.fine_dim, dim)
        self.point_mlp = nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, dim))
        self.layers = nn.ModuleList(
            DecoderLayer(dim, config.heads, 3, config.points, config.decoder_ffn)
            for _ in range(config.decoder_layers)
        )
        self.refine_norm = nn.LayerNorm(dim)
        self.refine_logits = nn.ModuleList(
            StackedLinear(count, dim, 1 + most, zero=True) for _ in range(config.decoder_layers)
        )
        self.refine_points = nn.ModuleList(
            StackedLinear(count, dim, 2, zero=True) for _ in range(config.decoder_layers)
        )
        self.label_embedding = nn.Parameter(torch.randn(count, most, dim) * 0.02)

    @property
    def cell_px(self) -> float:
        """Side of a dense cell in pixels of the window."""
        return FINE_STRIDE / self.cells

    def enhance(self, coarse: Tensor, constants: PromptConstants | None) -> Tensor:
        """Coarse tokens (B, N, C), turned towards a data set if the prompt works on features."""
        if self.prompt is None or constants is None or self.config.prompt_on != "features":
            return coarse
        return self.prompt.enhance(coarse, constants)

    def fuse(self, finest: Tensor, memory: Tensor) -> Tensor:
        """The finest level (B, F, H, W) with the prompted stride 8 carried up: its tokens
        (B, H x W, F)."""
        rows, columns = finest.shape[-2] // 2, finest.shape[-1] // 2
        second = self.climb(memory[:, : rows * columns])
        climbed = functional.pixel_shuffle(second.transpose(1, 2).unflatten(2, (rows, columns)), 2)
        fused: Tensor = self.fine_blocks(finest + climbed)
        return fused.flatten(2).transpose(1, 2)

    def dense_maps(self, fine: Tensor, dataset: Index) -> DenseMaps:
        """First stage: every cell of the fused finest tokens (B, H x W, F) of a square window."""
        side = math.isqrt(fine.shape[1])
        cells = self.cells
        hidden = functional.relu(self.hidden(functional.relu(fine), dataset))
        out = self.dense(hidden, dataset).float()
        out = out.view(-1, side, side, cells, cells, out.shape[-1] // cells**2)
        out = out.permute(0, 1, 3, 2, 4, 5).flatten(3, 4).flatten(1, 3)
        classes = out[..., 3:] + pick(self.class_bias, dataset)
        return DenseMaps(
            out[..., 0], out[..., 1:3] * self.cell_px, classes, side * cells, self.cell_px
        )

    def first_stage(
        self, finest: Tensor, coarse: Tensor, dataset: int
    ) -> tuple[Memory, DenseMaps, PromptConstants | None]:
        """Memory, dense maps and prompt constants of one data set."""
        constants = self.prompt.constants(dataset) if self.prompt else None
        memory = self.enhance(coarse, constants)
        fine = self.fuse(finest, memory)
        return Memory(fine, memory), self.dense_maps(fine, dataset), constants

    def select(self, maps: DenseMaps, count: int) -> tuple[Queries, Tensor]:
        """Second stage begins: the best ``count`` local maxima, and the token each lies in."""
        side = maps.side
        image = maps.objectness.detach().view(-1, side, side)
        peak = functional.max_pool2d(image[:, None], 3, 1, 1)[:, 0] == image
        usable = (peak & (image > QUERY_FLOOR)).flatten(1)
        ranked = torch.where(usable, image.flatten(1), torch.full_like(maps.objectness, FILLER))
        top = ranked.topk(count, dim=1)
        index = top.indices
        wide = index[..., None]
        objectness = torch.where(
            top.values > QUERY_FLOOR,
            maps.objectness.gather(1, index),
            torch.full_like(top.values, FILLER),
        )
        offsets = maps.offsets.gather(1, wide.expand(-1, -1, 2))
        points = cell_centres(side, maps.cell_px, image.device)[index] + offsets
        classes = maps.classes.gather(1, wide.expand(-1, -1, maps.classes.shape[-1]))
        row = torch.div(index, side * self.cells, rounding_mode="floor")
        column = torch.div(index % side, self.cells, rounding_mode="floor")
        token = row * (side // self.cells) + column
        return Queries(objectness, classes, points), token

    def content_of(
        self, memory: Memory, token: Tensor, constants: PromptConstants | None
    ) -> Tensor:
        """Content of queries (B, Q, C): the finest level where they were found.

        It is turned towards a data set if the prompt works on queries.
        """
        fine = memory.fine
        found = fine.gather(1, token[..., None].expand(-1, -1, fine.shape[-1]))
        content: Tensor = self.content(found)
        if self.prompt is None or constants is None or self.config.prompt_on != "queries":
            return content
        return self.prompt.enhance(content, constants)

    def refine(
        self,
        queries: Queries,
        content: Tensor,
        memory: Memory,
        dataset: Index,
        blocked: Tensor | None = None,
    ) -> list[Queries]:
        """Decoder: the queries after each layer.

        Args:
            queries: candidates of the dense stage.
            content: (B, Q, C).
            memory: of which it looks at the coarse levels.
            dataset: index.
            blocked: (Q, Q) or (B, Q, Q) bool, true where a query may not look.
        """
        side = math.isqrt(memory.fine.shape[1])
        shapes = [(side // step, side // step) for step in (2, 4, 8)]
        window = side * FINE_STRIDE
        filler = queries.objectness <= FILLER / 2
        bias = torch.zeros_like(queries.objectness).masked_fill(filler, FILLER)[:, None, None]
        if blocked is not None:
            hidden = blocked if blocked.dim() == 3 else blocked[None]
            bias = bias.masked_fill(hidden[:, None], FILLER)
        stages = []
        for layer, logits, moves in zip(
            self.layers, self.refine_logits, self.refine_points, strict=True
        ):
            reference = (queries.points.detach() / window).clamp(0, 1)
            position = self.point_mlp(encode_points(reference, self.config.dim))
            places = reference[:, :, None].expand(-1, -1, len(shapes), -1)
            content = layer(content, position, places, memory.coarse, shapes, query_mask=bias)
            normed = self.refine_norm(content)
            change = logits(normed, dataset).float()
            move = moves(normed, dataset).float()
            queries = Queries(
                torch.where(filler, queries.objectness, queries.objectness + change[..., 0]),
                queries.classes + change[..., 1:].clamp(-30, 30),
                queries.points.detach() + move,
            )
            stages.append(queries)
        return stages

    def forward(
        self,
        finest: Tensor,
        coarse: Tensor,
        dataset: Index,
        count: int,
        constants: PromptConstants | None = None,
        decode: bool = True,
    ) -> Queries:
        """Inference for one data set."""
        if constants is None and self.prompt is not None:
            assert isinstance(dataset, int)
            constants = self.prompt.constants(dataset)
        prompted = self.enhance(coarse, constants)
        memory = Memory(self.fuse(finest, prompted), prompted)
        queries, token = self.select(self.dense_maps(memory.fine, dataset), count)
        if not decode or not len(self.layers):
            return queries
        content = self.content_of(memory, token, constants)
        return self.refine(queries, content, memory, dataset)[-1]
