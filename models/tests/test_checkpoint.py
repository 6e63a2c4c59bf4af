from __future__ import annotations

import collections
import pickle
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from unicell.checkpoint import CheckpointError, read_checkpoint

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(4, dtype=torch.float16)}


class HistoryBuffer:
    """A class that the reader does not know."""

    def __init__(self) -> None:
        self.values = [1.0, 2.0]


class ConfigDict(dict[str, Any]):
    """A container that the reader does not know."""


class Attack:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("legacy", [False, True])
def test_tensors_load_beside_unknown_classes(tmp_path: Path, legacy: bool) -> None:
    path = tmp_path / "model.pth"
    content = {
        "meta": {"cfg": ConfigDict(a=ConfigDict(b=1)), "hooks": collections.deque([1, 2])},
        "message_hub": {"log": HistoryBuffer(), "path": Path("x")},
        "state_dict": collections.OrderedDict(TENSORS),
    }
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    state = read_checkpoint(path)
    assert set(state) == set(TENSORS)
    for name, tensor in TENSORS.items():
        assert torch.equal(state[name], tensor)


def test_parameters_and_views_load(tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    base = torch.arange(12.0)
    state = {"p": torch.nn.Parameter(torch.ones(2)), "v": base.as_strided((3, 4), (1, 2))}
    torch.save({"state_dict": state}, path)
    loaded = read_checkpoint(path)
    assert torch.equal(loaded["p"], torch.ones(2))
    assert torch.equal(loaded["v"], state["v"])


@pytest.mark.parametrize("legacy", [False, True])
def test_nothing_is_executed(tmp_path: Path, legacy: bool) -> None:
    path, trace = tmp_path / "model.pth", tmp_path / "trace"
    content = {"meta": Attack(trace), "state_dict": dict(TENSORS)}
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    assert set(read_checkpoint(path)) == set(TENSORS)
    assert not trace.exists()


def test_what_a_pickle_may_call_it_cannot_change(tmp_path: Path) -> None:
    """A hand-written pickle that sets an attribute on an allowed function."""
    path = tmp_path / "model.pth"
    torch.save({"state_dict": dict(TENSORS)}, path)
    # (GLOBAL function, (None, {'__doc__': 'x'})) BUILD
    program = b"ctorch._utils\n_rebuild_tensor_v2\n(N}V__doc__\nVx\nstb."
    changed = tmp_path / "changed.pth"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            target.writestr(name, program if name.endswith("data.pkl") else source.read(name))
    before = torch._utils._rebuild_tensor_v2.__doc__
    with pytest.raises(CheckpointError, match="refused to set __doc__"):
        read_checkpoint(changed)
    assert torch._utils._rebuild_tensor_v2.__doc__ == before


def test_an_ordinary_pickle(tmp_path: Path) -> None:
    path, trace = tmp_path / "model.pth", tmp_path / "trace"
    path.write_bytes(pickle.dumps({"state_dict": {"a": 1}, "x": Attack(trace)}))
    with pytest.raises(CheckpointError, match=r"model.pth .* no PyTorch checkpoint"):
        read_checkpoint(path)
    assert not trace.exists()


@pytest.mark.parametrize("keep", [0, 10, 500, -100])
def test_a_truncated_file(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "model.pth"
    torch.save({"state_dict": TENSORS}, path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match=r"model\.pth is truncated or no PyTorch checkpoint"):
        read_checkpoint(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such file"):
        read_checkpoint(tmp_path / "none.pth")


def test_a_script_archive(tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), path)  # type: ignore[no-untyped-call]
    with pytest.raises(CheckpointError, match="TorchScript archive"):
        read_checkpoint(path)


def test_a_tar_archive(tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    with tarfile.open(path, "w") as archive:
        archive.add(Path(__file__), "storages")
    with pytest.raises(CheckpointError, match="tar archive"):
        read_checkpoint(path)


@pytest.mark.parametrize("content", [[1, 2], {"state_dict": [1]}, {"state_dict": {"a": 1}}])
def test_a_file_without_tensors(tmp_path: Path, content: object) -> None:
    path = tmp_path / "model.pth"
    torch.save(content, path)
    with pytest.raises(CheckpointError, match="tensors"):
        read_checkpoint(path)
