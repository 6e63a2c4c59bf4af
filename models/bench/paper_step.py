"""What a training step of the paper's model needs, counted and not measured.

python bench/paper_step.py [PRESET] [--side 800] [--nuclei 150]

Forward runs on tensors without data. Printed are the bytes that autograd keeps for the gradient,
with and without gradient checkpointing of the backbone, in single and half precision; those of
weights, gradients and AdamW; and the operations (two per multiplication) of a step, its backward
counted twice its forward, and the recomputed backbone once more. What a device's allocator and its
libraries add is not in it.
"""

from __future__ import annotations

import argparse
import json

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._mode_utils import no_dispatch
from torch.utils.flop_counter import FlopCounterMode

from unicell.config import UniCellConfig, load_config
from unicell.denoising import DenoisingQueries
from unicell.matching import Assignment
from unicell.model import UniCell
from unicell.prompt import DynamicPromptModule, PromptConstants

GIB = 2**30


class Kept:
    """Bytes of the storages that autograd holds, parameters left out."""

    def __init__(self, model: UniCell) -> None:
        self.bytes = 0
        self.known = {p.untyped_storage()._cdata for p in model.parameters()}
        self.alive: list[Tensor] = []

    def pack(self, tensor: Tensor) -> Tensor:
        """Count a tensor once, however many views of it are kept."""
        storage = tensor.untyped_storage()
        if storage._cdata not in self.known:
            self.known.add(storage._cdata)
            self.alive.append(tensor)
            self.bytes += storage.nbytes()
        return tensor


def imagined(config: UniCellConfig) -> UniCell:
    """The model in training mode without its numbers; a :class:`FakeTensorMode` must be active."""
    with torch.device("meta"), no_dispatch():
        model = UniCell(config).train()
    for module in model.modules():
        for name, parameter in module._parameters.items():
            if parameter is not None:
                module._parameters[name] = torch.nn.Parameter(torch.empty(parameter.shape))
        for name, buffer in module._buffers.items():
            if buffer is not None:
                module._buffers[name] = torch.empty(buffer.shape, dtype=buffer.dtype)
    if isinstance(model.prompt, DynamicPromptModule):
        # They are made by choosing rows, which takes numbers, and are small.
        constants = prompt_constants(config)
        model.prompt.constants = lambda dataset: constants  # type: ignore[method-assign]
    return model


def prompt_constants(config: UniCellConfig) -> PromptConstants:
    """Keys and values of the data set that sees most of the memory bank, as the paper has them."""
    lengths = [len(category.tokens) + config.prompt.context + 2 for category in config.categories]
    most = max(sum(lengths[i] for i in seen) for seen in config.visible_categories()) + 1
    shape = (config.prompt.layers, most, config.neck.dims)
    keys, values = (torch.empty(shape, requires_grad=True) for _ in range(2))
    return PromptConstants(keys, values, torch.empty(most))


def outputs_of(model: UniCell, config: UniCellConfig, side: int, nuclei: int) -> list[Tensor]:
    """Forward of a step on a batch of squares under the first data set."""
    batch = config.train.batch
    dims = config.neck.dims
    count = 2 * nuclei * max(1, config.denoising.queries // nuclei)
    noise = DenoisingQueries(
        torch.empty(batch, count, dims),
        torch.empty(batch, count, 2),
        2 * nuclei,
        Assignment.empty(batch, count, torch.device("cpu")),
    )
    outputs = model.training_outputs(torch.empty(batch, 3, side, side), 0, noise)
    return [
        t for stage in (outputs.encoder, *outputs.decoder) for t in (stage.logits, stage.points)
    ]


def count(config: UniCellConfig, side: int, nuclei: int, recompute: bool, half: bool) -> Kept:
    """Bytes kept by one forward."""
    with FakeTensorMode():
        model = imagined(config)
        if recompute:
            model.backbone.recompute_blocks()
        kept = Kept(model)
        with (
            torch.autograd.graph.saved_tensors_hooks(kept.pack, lambda tensor: tensor),
            torch.autocast("cpu", torch.bfloat16, enabled=half),
        ):
            kept.alive += outputs_of(model, config, side, nuclei)
    return kept


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", nargs="?", default="swin-b")
    parser.add_argument("--side", type=int, default=800, help="of the pictures, in pixels")
    parser.add_argument("--nuclei", type=int, default=150, help="of the fullest picture")
    args = parser.parse_args()
    config = load_config(args.preset)
    with FakeTensorMode():
        model = imagined(config)
        with FlopCounterMode(display=False) as counted:
            outputs_of(model, config, args.side, args.nuclei)
        forward = counted.get_total_flops()
        with FlopCounterMode(display=False) as counted:
            model.backbone(torch.empty(config.train.batch, 3, args.side, args.side))
        backbone = counted.get_total_flops()
    parameters = sum(p.numel() for p in model.parameters())
    result = {
        "preset": config.id,
        "batch": config.train.batch,
        "side": args.side,
        "nuclei": args.nuclei,
        "parameters": parameters,
        "weights_gradients_adamw_gib": round(16 * parameters / GIB, 2),
        "step_tflop": round(3 * forward / 1e12, 2),
        "step_recomputed_tflop": round((3 * forward + backbone) / 1e12, 2),
    }
    for half in (False, True):
        for recompute in (False, True):
            kept = count(config, args.side, args.nuclei, recompute, half)
            name = f"kept_{'bf16' if half else 'fp32'}{'_recomputed' if recompute else ''}_gib"
            result[name] = round(kept.bytes / GIB, 2)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
