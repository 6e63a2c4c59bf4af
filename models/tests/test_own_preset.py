"""A preset for anyone's data."""

import tomllib
from pathlib import Path

import pytest

from unicell.own_preset import own_preset, write_own_preset
from unicell.preset import load_preset
from unicell.tokenizer import Tokenizer

CLASSES = ["Tumour cell", 'B "naïve"']


class Words(Tokenizer):
    """As many tokens as letters: what CLIP's are is no matter here."""

    def __init__(self) -> None:
        pass

    def encode_name(self, name: str) -> list[int]:
        return [ord(letter) for letter in name]


def test_what_is_written_can_be_trained(tmp_path: Path) -> None:
    path = write_own_preset(tmp_path / "run/preset.toml", "my-lab", CLASSES, "compact", Words())
    preset = load_preset(str(path))
    compact = load_preset("compact")
    [dataset] = preset.datasets
    assert preset.id == dataset.id == "my-lab"
    assert dataset.classes == dataset.labels == dataset.prompt_categories == CLASSES
    assert preset.model == compact.model
    assert preset.train.steps < compact.train.steps
    assert all(preset.token_ids(name) for name in ["my-lab", *CLASSES])


def test_a_run_that_goes_on_has_the_same_preset(tmp_path: Path) -> None:
    path = tmp_path / "preset.toml"
    write_own_preset(path, "mine", ["A", "B"], "compact", Words())
    write_own_preset(path, "mine", ["A", "B"], "compact", Words())
    with pytest.raises(ValueError, match="of another run"):
        write_own_preset(path, "mine", ["B", "A"], "compact", Words())


@pytest.mark.parametrize(
    ("dataset", "classes", "extends", "message"),
    [
        ("My Lab", ["A"], "compact", "--dataset is 'My Lab'"),
        ("mine", [], "compact", "--classes is ''"),
        ("mine", ["A", "a"], "compact", "each class once"),
        ("mine", ["A"], "swin-b", "the paper's model"),
        ("mine", ["A"], "nothing", "is not one of"),
    ],
)
def test_what_cannot_be_trained_is_refused(
    dataset: str, classes: list[str], extends: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        own_preset(dataset, classes, extends, Words())


def test_names_are_tokens_of_clip() -> None:
    try:
        tokenizer = Tokenizer()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    table = tomllib.loads(own_preset("mine", ["Epithelial"], "compact", tokenizer))
    compact = load_preset("compact")
    assert table["tokens"]["Epithelial"] == compact.token_ids("Epithelial")
