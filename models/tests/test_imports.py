"""No module of the package imports itself by way of others."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import unicell

PACKAGE = Path(unicell.__file__).parent


def imports(package: Path) -> dict[str, set[str]]:
    """For each module of a package those it names, wherever and for whatever it does."""
    modules = {path.stem: path for path in package.glob("*.py")}
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        found: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.level == 1 or _own(node.module)):
                inner = (node.module or "").removeprefix("unicell").lstrip(".")
                found |= {inner.split(".")[0]} if inner else {a.name for a in node.names}
            elif isinstance(node, ast.Import):
                found |= {
                    a.name.split(".")[1] for a in node.names if _own(a.name) and "." in a.name
                }
        graph[name] = found & set(modules)
    return graph


def _own(module: str | None) -> bool:
    return module is not None and module.split(".")[0] == "unicell"


def circle(graph: dict[str, set[str]]) -> list[str]:
    """The modules of some circle in order, or none."""
    done: set[str] = set()

    def search(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for other in sorted(graph[name]):
            if found := search(other, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := search(name, []))), [])


def test_the_package_has_no_circle() -> None:
    graph = imports(PACKAGE)
    assert "model" in graph["graphs"]
    assert circle(graph) == []


@pytest.mark.parametrize(
    "way_back",
    [
        "from .a import x",
        "from . import a",
        "from unicell.a import x",
        "import unicell.a",
        "def late():\n    from .a import x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .a import x",
    ],
)
def test_a_circle_is_found_however_it_is_closed(tmp_path: Path, way_back: str) -> None:
    (tmp_path / "a.py").write_text("from .b import y\n")
    (tmp_path / "b.py").write_text(f"{way_back}\n")
    assert circle(imports(tmp_path)) == ["a", "b", "a"]
