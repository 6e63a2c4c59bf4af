"""CLIP's byte pair encoding (Radford et al. 2021): names of data sets and categories to token ids.

Presets store the ids of their names, so training and export need no vocabulary. A new name does:
it is read from an installed ``open_clip_torch`` wheel (MIT), whose package is found but never
imported, because importing it asks for torchvision. ``pip install --no-deps open_clip_torch`` is
enough.

    python -m unicell.tokenizer "Plasma" "Mast cells"
"""

from __future__ import annotations

import argparse
import gzip
import html
import importlib.util
import json
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

VOCABULARY_FILE = "bpe_simple_vocab_16e6.txt.gz"
_MERGES = 49152 - 256 - 2
_CONTRACTIONS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")
_WORD_END = "</w>"


def find_vocabulary() -> Path:
    """The vocabulary file of the installed ``open_clip_torch``.

    Raises:
        FileNotFoundError: the package is not installed; the message says how to get it.
    """
    spec = importlib.util.find_spec("open_clip")
    if spec is not None and spec.submodule_search_locations:
        for folder in spec.submodule_search_locations:
            path = Path(folder) / VOCABULARY_FILE
            if path.is_file():
                return path
    raise FileNotFoundError(
        f"no {VOCABULARY_FILE}: new names need CLIP's vocabulary; run "
        "'pip install --no-deps open_clip_torch' or pass the path of the file"
    )


class Tokenizer:
    """Encodes text as CLIP does.

    Args:
        vocabulary: Path of ``bpe_simple_vocab_16e6.txt.gz``; the installed one if not given.
    """

    def __init__(self, vocabulary: Path | None = None) -> None:
        path = vocabulary or find_vocabulary()
        lines = gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")
        merges = [tuple(line.split()) for line in lines[1 : _MERGES + 1]]
        if len(merges) != _MERGES or any(len(merge) != 2 for merge in merges):
            raise ValueError(f"{path} is not CLIP's vocabulary: expected {_MERGES} pairs of tokens")
        self._byte_symbols = _byte_symbols()
        symbols = list(self._byte_symbols.values())
        symbols += [symbol + _WORD_END for symbol in symbols]
        symbols += ["".join(merge) for merge in merges]
        self._ids = {symbol: i for i, symbol in enumerate(symbols)}
        self._ranks = {merge: i for i, merge in enumerate(merges)}

    def encode(self, text: str) -> list[int]:
        """Token ids of a text, without start and end token.

        Entities are unescaped, white space is collapsed, letters are lower-cased. Text must be
        well-formed Unicode: CLIP's repair of wrongly decoded text is not done.
        """
        ids: list[int] = []
        clean = html.unescape(html.unescape(text)).strip()
        for word in _words(" ".join(clean.split()).lower()):
            symbols = [self._byte_symbols[byte] for byte in word.encode("utf-8")]
            symbols[-1] += _WORD_END
            ids += [self._ids[symbol] for symbol in self._merge(symbols)]
        return ids

    def encode_name(self, name: str) -> list[int]:
        """Token ids of a name as the prompt module wants it: the name and a closing full stop."""
        return self.encode(f"{name}.")

    def _merge(self, symbols: list[str]) -> list[str]:
        """Joins the pair that was merged first in training until no known pair is left."""
        while len(symbols) > 1:
            rank, pair = min((self._ranks.get(p, _MERGES), p) for p in pairwise(symbols))
            if rank == _MERGES:
                break
            joined: list[str] = []
            for symbol in symbols:
                if joined and (joined[-1], symbol) == pair:
                    joined[-1] += symbol
                else:
                    joined.append(symbol)
            symbols = joined
        return symbols


def _byte_symbols() -> dict[int, str]:
    """A printable character for every byte: itself where it is printable, else one above 255."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    symbols = {byte: chr(byte) for byte in printable}
    symbols.update({byte: chr(256 + i) for i, byte in enumerate(others)})
    return symbols


def _words(text: str) -> Iterator[str]:
    """Contractions, runs of letters, single digits and runs of anything else but white space."""
    start = 0
    while start < len(text):
        contraction = next((c for c in _CONTRACTIONS if text.startswith(c, start)), None)
        kind = _kind(text[start])
        end = start + 1
        if contraction:
            end = start + len(contraction)
        elif kind in ("letter", "other"):
            while end < len(text) and _kind(text[end]) == kind:
                end += 1
        if contraction or kind != "space":
            yield text[start:end]
        start = end


def _kind(character: str) -> str:
    if character.isspace():
        return "space"
    kinds = {"L": "letter", "N": "number"}
    return kinds.get(unicodedata.category(character)[0], "other")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the token ids of names as the presets want them."""
    parser = argparse.ArgumentParser(prog="python -m unicell.tokenizer", description=main.__doc__)
    parser.add_argument("names", nargs="+", help="names of data sets or categories")
    parser.add_argument("--vocabulary", type=Path, help=f"path of {VOCABULARY_FILE}")
    options = parser.parse_args(arguments)
    try:
        tokenizer = Tokenizer(options.vocabulary)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for name in options.names:
        print(json.dumps({"name": name, "tokens": tokenizer.encode_name(name)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
