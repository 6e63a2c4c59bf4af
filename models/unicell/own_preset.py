"""A preset for anyone's data: one data set, whose classes its owner names.

``python -m unicell.train --dataset mine --classes Tumour,Stroma`` writes it beside the weights.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from .preset_file import is_full_model, read_table
from .tokenizer import Tokenizer

WEIGHTS = Path(__file__).resolve().parent.parent / "training"
"""Weights that ``--init`` starts from where nobody says which, by the preset's name."""

# A few hundred pictures on top of weights that know nuclei: longer runs repeat them.
_SCHEDULE = """\
[train]
steps = 3000
dense_steps = 2400
decay_steps = 1200
lr = 6e-4
"""


def write_own_preset(
    path: Path,
    dataset: str,
    classes: Sequence[str],
    extends: str,
    tokenizer: Tokenizer | None = None,
) -> Path:
    """Write ``preset.toml``.

    Args:
        path: Where; a file that is there must say the same, since it is that of a run that goes on.
        dataset: Name of its folder: lower-case letters, digits and dashes.
        classes: As ``points.csv`` spells them, in head order.
        extends: The preset whose model and recipe it takes.
        tokenizer: Of the names; CLIP's when not given.

    Returns:
        ``path``.

    Raises:
        ValueError: a name that cannot be used, or another preset lies there.
        FileNotFoundError: CLIP's vocabulary is not installed.
    """
    text = own_preset(dataset, classes, extends, tokenizer or Tokenizer())
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise ValueError(
            f"{path} is of another run: data set, classes and preset must be the same to go on; "
            "choose another --out for a new run"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def own_preset(dataset: str, classes: Sequence[str], extends: str, tokenizer: Tokenizer) -> str:
    """The preset as TOML; see :func:`write_own_preset`."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", dataset):
        raise ValueError(
            f"--dataset is {dataset!r}; it must be lower-case letters, digits and dashes"
        )
    if not classes or len({name.casefold() for name in classes}) < len(classes):
        raise ValueError(f"--classes is {','.join(classes)!r}; name each class once, by commas")
    if is_full_model(read_table(extends)):
        raise ValueError(
            f"--preset is {extends}, the paper's model, whose preset is to be written by hand"
        )
    names = dict.fromkeys([dataset, *classes])
    tokens = "\n".join(f"{_text(name)} = {tokenizer.encode_name(name)}" for name in names)
    listed = json.dumps(list(classes), ensure_ascii=False)
    return (
        f"extends = {_text(extends)}\n"
        f"id = {_text(dataset)}\n"
        f"{_SCHEDULE}\n"
        "[[datasets]]\n"
        f"id = {_text(dataset)}\n"
        f"name = {_text(dataset)}\n"
        f"classes = {listed}\n"
        f"labels = {listed}\n"
        f"prompt_categories = {listed}\n\n"
        f"[tokens]\n{tokens}\n"
    )


def _text(value: str) -> str:
    """A string of JSON is one of TOML."""
    return json.dumps(value, ensure_ascii=False)
