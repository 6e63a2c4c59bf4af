from __future__ import annotations

from pathlib import Path

import pytest

from unicell.config import load_config
from unicell.preset_file import PRESETS


def text() -> str:
    return (PRESETS / "swin-b.toml").read_text(encoding="utf-8")


def test_swin_b_is_the_papers_model() -> None:
    config = load_config("swin-b")
    assert [dataset.id for dataset in config.datasets] == ["consep", "monusac", "ocelot", "lizard"]
    assert [len(dataset.classes) for dataset in config.datasets] == [3, 4, 2, 6]
    # Spec section 1: the released code states which categories are invisible.
    everything = set(range(8))
    invisible = [sorted(everything - set(seen)) for seen in config.visible_categories()]
    assert invisible == [[3, 4, 5, 6, 7], [2, 3, 5, 7], [], [6, 7]]
    assert config.swin.depths == (2, 2, 18, 2)
    assert config.prompt.mask == "paper"
    assert config.dataset_index("lizard") == 3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("window = 12", "windw = 12", r"swin: \['windw'\] are not among"),
        ("window = 12", 'window = "12"', "swin.window: got '12', expected int"),
        ("window = 12", "window = true", "swin.window: got True, expected int"),
        ("depths = [2, 2, 18, 2]", "depths = 2", r"swin.depths: got 2, expected tuple\[int, ...\]"),
        ('mask = "paper"', 'mask = "papre"', "prompt.mask: got 'papre', expected one of 'paper'"),
        ('id = "swin-b"', "", r"\['id'\] must be given"),
        ('name = "Tumor"', 'name = "Tumour"', r"ocelot: categories \['Tumor'\] are not among"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "preset.toml"
    path.write_text(text().replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        load_config(path)


def test_unknown_preset_lists_the_known() -> None:
    with pytest.raises(ValueError, match=r"'swin-x' is not one of \[.*'swin-b'"):
        load_config("swin-x")


def test_unknown_data_set_lists_the_known() -> None:
    with pytest.raises(ValueError, match="'pannuke' is not one of"):
        load_config("swin-b").dataset_index("pannuke")
