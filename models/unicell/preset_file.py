"""Presets as files: ``models/presets/NAME.toml``, which may extend one another."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

PRESETS = Path(__file__).resolve().parent.parent / "presets"


def read_table(name: str) -> dict[str, Any]:
    """Read the TOML of a preset.

    A file may say ``extends = "compact"``: its own values then stand over those of that preset,
    table by table; a list replaces a list. ``only = ["consep"]`` keeps these of the data sets.
    """
    path = Path(name) if name.endswith(".toml") else PRESETS / f"{name}.toml"
    if not path.is_file():
        known = sorted(str(p.relative_to(PRESETS))[:-5] for p in PRESETS.rglob("*.toml"))
        raise ValueError(f"preset {name!r} is not one of {known} and no file {path}")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    if "extends" in table:
        base = read_table(table.pop("extends"))
        for key, value in table.items():
            base[key] = base[key] | value if isinstance(value, dict) and key in base else value
        table = base
    if "only" in table:
        only = table.pop("only")
        table["datasets"] = [d for d in table["datasets"] if d["id"] in only]
        if not table["datasets"]:
            raise ValueError(f"{path}: only = {only} keeps no data set")
    return table


def is_full_model(table: dict[str, Any]) -> bool:
    """Whether a preset is of the paper's model, which alone lists its memory bank."""
    return "categories" in table
