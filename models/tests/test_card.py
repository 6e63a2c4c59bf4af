"""Scores get into a card from either command that measures them."""

import json
from pathlib import Path

from unicell.card import add_scores, reports_of

EVALUATED = {"dataset": "one", "split": "test", "fd": 0.71238123, "fc": 0.5, "images": 3}
REPORTED = {
    "split": "test",
    "datasets": [
        {
            "dataset": name,
            "pictures": 4,
            "protocols": {"default": {"score": {"fd": 0.8, "fc": 0.6, "precision": 1}}},
        }
        for name in ("one", "two")
    ],
}


def test_scores_replace_those_of_their_split(tmp_path: Path) -> None:
    old = {"dataset": "one", "split": "val", "fd": 0.1, "fc": 0.1, "images": 1, "command": "old"}
    (tmp_path / "card.json").write_text(json.dumps({"id": "mine", "scores": [old]}))
    add_scores(tmp_path, reports_of(EVALUATED))
    add_scores(tmp_path, reports_of(REPORTED))
    card = json.loads((tmp_path / "card.json").read_text())
    rows = [(s["dataset"], s["split"], s["fd"], s["fc"], s["images"]) for s in card["scores"]]
    assert rows == [
        ("one", "val", 0.1, 0.1, 1),
        ("one", "test", 0.8, 0.6, 4),
        ("two", "test", 0.8, 0.6, 4),
    ]
    assert card["scores"][1]["command"] == (
        "unicell evaluate --data DATA --dataset one --split test --model mine"
    )


def test_an_evaluation_is_rounded_as_the_card_has_it(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(json.dumps({"id": "mine", "scores": []}))
    add_scores(tmp_path, reports_of(EVALUATED))
    (score,) = json.loads((tmp_path / "card.json").read_text())["scores"]
    assert (score["fd"], score["fc"]) == (0.712381, 0.5)
