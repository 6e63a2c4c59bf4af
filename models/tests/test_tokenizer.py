from __future__ import annotations

import gzip
import warnings
from pathlib import Path

import pytest
from reference import misc

from unicell.config import load_config
from unicell.prompt_text import END_TOKEN, START_TOKEN, TEXT_LENGTH
from unicell.tokenizer import Tokenizer, find_vocabulary, main


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    try:
        return Tokenizer()
    except FileNotFoundError as error:
        warnings.warn(str(error), stacklevel=2)
        pytest.skip(str(error))


def test_official_names(tokenizer: Tokenizer) -> None:
    for name, expected in misc()["tokens"].items():
        ids = [START_TOKEN, *tokenizer.encode("X " * 16 + name + "."), END_TOKEN]
        assert ids + [0] * (TEXT_LENGTH - len(ids)) == expected, name


def test_preset_names(tokenizer: Tokenizer) -> None:
    config = load_config("swin-b")
    for named in (*config.datasets, *config.categories):
        assert tuple(tokenizer.encode_name(named.name)) == named.tokens, named.name


def test_preset_ids_are_the_official_ones() -> None:
    config = load_config("swin-b")
    for named in (*config.datasets, *config.categories):
        ids = misc()["tokens"][named.name][17:]
        assert tuple(ids[: ids.index(END_TOKEN)]) == named.tokens, named.name


def test_text_is_cleaned(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("  Mast \n\t CELLS ") == tokenizer.encode("mast cells")
    assert tokenizer.encode("a &amp;amp; b") == tokenizer.encode("a & b")
    assert tokenizer.encode("") == []


def test_digits_are_single_tokens(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("m2c") == tokenizer.encode("m 2 c")
    assert len(tokenizer.encode("2024")) == 4


def test_a_file_that_is_no_vocabulary(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.txt.gz"
    path.write_bytes(gzip.compress(b"a b\nc d\n"))
    with pytest.raises(ValueError, match="is not CLIP's vocabulary"):
        Tokenizer(path)


def test_missing_vocabulary_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError, match="pip install --no-deps open_clip_torch"):
        find_vocabulary()
    assert main(["Plasma"]) == 2
    assert "open_clip_torch" in capsys.readouterr().err
