"""Kernels are built where nothing that went wrong before is in their way."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from torch.utils import cpp_extension

from unicell.cpu_kernel import CpuKernel


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CpuKernel:
    pytest.importorskip("fcntl")
    monkeypatch.setattr(shutil, "which", lambda tool: f"/bin/{tool}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = tmp_path / "kernel.cpp"
    source.write_text("int one;")
    return CpuKernel("kernel", source)


def test_a_build_that_was_killed_stops_no_other(
    kernel: CpuKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel.folder.mkdir(parents=True)
    lock = kernel.folder / "lock"
    lock.touch()

    def load(name: str, sources: list[str], **options: Any) -> str:
        # PyTorch would wait for the file to go away.
        assert not lock.exists()
        assert options["build_directory"] == str(kernel.folder)
        return "the module"

    monkeypatch.setattr(cpp_extension, "load", load)
    assert kernel.enable() is None
    assert kernel.module == "the module"


def test_another_source_is_built_elsewhere(kernel: CpuKernel) -> None:
    before = kernel.folder
    assert kernel.folder == before
    kernel.source.write_text("int two;")
    assert kernel.folder != before


def test_what_keeps_it_from_being_built_is_said(
    kernel: CpuKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: Any, **__: Any) -> None:
        raise RuntimeError("no header")

    monkeypatch.setattr(cpp_extension, "load", load)
    assert kernel.enable() == "the kernel could not be built: no header"
    monkeypatch.setattr(shutil, "which", lambda tool: None)
    assert kernel.enable() == "g++ and ninja not found"
