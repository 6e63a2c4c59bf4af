"""C++ kernels that make training on a CPU faster, built once per machine."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

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
                # Needs setuptools, which only those who build have to have.
                from torch.utils.cpp_extension import load

                self.module = load(self.name, [str(self.source)], extra_cflags=_FLAGS)
            except (ImportError, OSError, RuntimeError) as error:
                return f"the kernel could not be built: {error}"
        return None

    def disable(self) -> None:
        """Take PyTorch's own operators again."""
        self.module = None


def enable_kernels(*kernels: CpuKernel) -> None:
    """Build the kernels that training on a CPU uses, and say which cannot be built."""
    for kernel in kernels:
        if missing := kernel.enable():
            print(f"{missing}: training goes without {kernel.name}, and slower", flush=True)
