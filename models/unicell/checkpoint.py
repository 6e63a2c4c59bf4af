"""Reads PyTorch checkpoints from strangers without running anything they contain.

A checkpoint of mmengine may pickle objects of its own beside the tensors, which
``weights_only=True`` refuses. Here every class and function but the few that rebuild tensors
becomes an inert placeholder: the tensors load, the rest does nothing.
"""

from __future__ import annotations

import pickle
import tarfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

_ZIP = b"PK\x03\x04"


class CheckpointError(ValueError):
    """A file is not a checkpoint that can be used; the message says what is wrong with it."""


class Placeholder:
    """Stands for an object of an unknown class; takes whatever a pickle does to it."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __call__(self, *_: object, **__: object) -> Placeholder:
        return Placeholder()

    def __setstate__(self, _: object) -> None:
        pass

    def __setitem__(self, _: object, __: object) -> None:
        pass

    def append(self, _: object) -> None:
        """A list's ``append``, to no effect."""

    def extend(self, _: object) -> None:
        """A list's ``extend``, to no effect."""

    def add(self, _: object) -> None:
        """A set's ``add``, to no effect."""


class _Rebuild:
    """A function that a pickle may call and cannot change."""

    __slots__ = ("_function",)
    _function: Callable[..., object]

    def __init__(self, function: Callable[..., object]) -> None:
        object.__setattr__(self, "_function", function)

    def __setattr__(self, name: str, value: object) -> None:
        raise pickle.UnpicklingError(f"refused to set {name} on a function")

    def __call__(self, *arguments: Any) -> object:
        return self._function(*arguments)


def _rebuild_parameter(data: Tensor, *_: object) -> Tensor:
    return data


def _allowed(module: str, name: str) -> Any:
    if (module, name) == ("collections", "OrderedDict"):
        return OrderedDict
    if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
        return _Rebuild(torch._utils._rebuild_tensor_v2)
    if (module, name) in (
        ("torch._utils", "_rebuild_parameter"),
        ("torch._utils", "_rebuild_parameter_with_state"),
    ):
        return _Rebuild(_rebuild_parameter)
    return None


class _RestrictedUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        found = _allowed(module, name)
        # A class of its own each time: a pickle may write to what it is given.
        return type(name, (Placeholder,), {}) if found is None else found


class _RestrictedPickle:
    """What ``torch.load`` needs of the ``pickle`` module, restricted."""

    __name__ = "restricted_pickle"
    Unpickler = _RestrictedUnpickler
    UnpicklingError = pickle.UnpicklingError

    @staticmethod
    def load(file: Any, **options: Any) -> Any:
        """``pickle.load``, for files older than PyTorch 1.6."""
        return _RestrictedUnpickler(file, **options).load()


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint: its ``state_dict`` or ``model``, or else the file itself.

    Raises:
        CheckpointError: the file is missing, truncated, or no checkpoint.
    """
    try:
        content = _load(path)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: no such file") from error
    except Exception as error:  # whatever a damaged or hostile file provokes
        raise CheckpointError(
            f"{path} is truncated or no PyTorch checkpoint ({type(error).__name__}: {error})"
        ) from error
    state = None
    if isinstance(content, dict):
        state = content.get("state_dict", content.get("model", content))
    if not isinstance(state, dict):
        raise CheckpointError(f"{path} holds a {type(content).__name__}, not a dict of tensors")
    tensors = {str(k): v for k, v in state.items() if isinstance(v, Tensor)}
    if not tensors:
        raise CheckpointError(
            f"{path} holds no tensors: expected them under 'state_dict' or 'model'"
        )
    return tensors


def _load(path: Path) -> Any:
    with path.open("rb") as file:
        zipped = file.read(len(_ZIP)) == _ZIP
    # torch.load would hand an archive with this record to TorchScript, which is code, and unpack
    # the files of a tar archive, the format before PyTorch 0.4.
    if zipped and "constants.pkl" in torch._C.PyTorchFileReader(str(path)).get_all_records():
        raise CheckpointError("a TorchScript archive, not a checkpoint")
    if not zipped and tarfile.is_tarfile(path):
        raise CheckpointError("a tar archive, not a checkpoint")
    return torch.load(
        path, map_location="cpu", pickle_module=_RestrictedPickle(), weights_only=False
    )
