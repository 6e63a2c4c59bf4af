"""Several processes that train one model, each on a device of its own, as ``torchrun`` starts them.

Without ``torchrun`` there is one process, and nothing here does anything.
"""

from __future__ import annotations

import gc
import os
from datetime import timedelta
from importlib import import_module

import torch
from torch import Tensor, distributed

PATIENCE = timedelta(hours=4)
"""How long the others wait while the first process scores the val split."""


def join(device: torch.device) -> torch.device:
    """Meet the other processes that ``torchrun`` has started, if it has.

    Returns:
        The device of this process: of several GPUs the one of its number.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return device
    backend = "gloo"
    if device.type == "cuda":
        backend = "nccl"
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    # Its functions keep the group of that moment as a default argument. Imported later, as
    # DistributedDataParallel does, they would hold the group, and its threads, to the end of the
    # process, where one that still drops a tensor aborts it.
    import_module("torch.distributed.nn.functional")
    distributed.init_process_group(backend, timeout=PATIENCE)
    return device


def leave() -> None:
    """Part from the others; what they did together has no owner any more."""
    if _several():
        # A trainer in a circle of references holds the group as well.
        gc.collect()
        distributed.destroy_process_group()


def rank() -> int:
    """The number of this process; the first writes files and speaks."""
    return distributed.get_rank() if _several() else 0


def count() -> int:
    """How many processes train."""
    return distributed.get_world_size() if _several() else 1


def mean(value: Tensor) -> Tensor:
    """The mean of a number over the processes; no gradient passes."""
    if not _several():
        return value
    total = value.detach().clone()
    distributed.all_reduce(total)
    return total / count()


def any_of(flag: bool, device: torch.device) -> bool:
    """Whether some process says so: all of them then do the same."""
    if not _several():
        return flag
    said = torch.tensor(float(flag), device=device)
    distributed.all_reduce(said, distributed.ReduceOp.MAX)
    return bool(said > 0)


def _several() -> bool:
    return distributed.is_available() and distributed.is_initialized()
