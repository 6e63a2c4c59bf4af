"""C++ kernels that make training on a CPU faster, built once per machine."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import torch

# The sums over channels may be taken in any order, which lets the compiler use vector registers.
_FLAGS = ["-O3", "-march=native", "-fno-math-errno", "-fassociative-math", "-fno-signed-zeros"]
_FLAGS += ["-fno-trapping-math"]


class CpuKernel:
    """One source file, compiled when asked for.

    Args:
        name: of the module that is built.
        source: the C++ file.
    """

    def __init__(self, name: str, source: Path) -> None:
        self.name = name
        self.source = source
        self.module: Any = None

    @property
    def built(self) -> bool:
        """Whether it is in use."""
        return self.module is not None

    def enable(self) -> str | None:
        """Build the kernel, and use it from now on.

        Returns:
            Why it cannot be used on this machine, or ``None`` when it is in use.
        """
        missing = [tool for tool in ("g++", "ninja") if shutil.which(tool) is None]
        if missing:
            return f"{' and '.join(missing)} not found"
        if self.module is None:
            try:
                self.module = self._build()
            except (ImportError, OSError, RuntimeError) as error:
                return f"the kernel could not be built: {error}"
        return None

    def _build(self) -> Any:
        # Both are for those who build alone: setuptools, and a system that has such locks.
        import fcntl

        from torch.utils.cpp_extension import load

        folder = self.folder
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "building").open("w") as building:
            # This lock ends with its process. PyTorch's own is a file that a killed build leaves
            # behind, for which every later one would wait without end.
            fcntl.flock(building, fcntl.LOCK_EX)
            (folder / "lock").unlink(missing_ok=True)
            source = str(self.source)
            return load(self.name, [source], extra_cflags=_FLAGS, build_directory=str(folder))

    @property
    def folder(self) -> Path:
        """Where this source is built for this PyTorch: other versions of it have other folders."""
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        made_of = f"{torch.__version__} {sys.version} {_FLAGS}".encode() + self.source.read_bytes()
        return cache / "unicell" / f"{self.name}-{hashlib.sha256(made_of).hexdigest()[:12]}"

    def disable(self) -> None:
        """Take PyTorch's own operators again."""
        self.module = None


def enable_kernels(*kernels: CpuKernel) -> None:
    """Build the kernels that training on a CPU uses, and say which cannot be built."""
    for kernel in kernels:
        if missing := kernel.enable():
            print(f"{missing}: training goes without {kernel.name}, and slower", flush=True)
