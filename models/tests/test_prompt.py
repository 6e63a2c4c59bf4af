from __future__ import annotations

from typing import Any

import pytest
import torch

from unicell.prompt import DynamicPromptModule, PromptConstants
from unicell.prompt_text import VOCABULARY_SIZE, OfficialPromptText, PaperPromptText

DATASETS = [[616, 10434, 269], [749, 9491, 322, 269]]
CATEGORIES = [[20087, 816, 269], [7219, 269], [3121, 3796, 5, 269]]
VISIBLE = [[0, 1], [0, 1, 2]]
OFFICIAL: dict[str, Any] = {
    "mode": "official",
    "mask": "official",
    "block": "official",
    "vocabulary": "full",
}


def build(**options: Any) -> DynamicPromptModule:
    torch.manual_seed(0)
    sizes = {"dims": 32, "heads": 4, "ffn": 48, "layers": 2, "context": 4}
    return DynamicPromptModule(DATASETS, CATEGORIES, VISIBLE, **{**sizes, **options})


@pytest.mark.parametrize(
    "options", [{}, OFFICIAL, {"dataset_prompt": False}, {"category_bank": False}]
)
@torch.no_grad()
def test_constants_give_what_the_module_gives(options: dict[str, Any]) -> None:
    module = build(**options)
    tokens = torch.randn(2, 9, 32)
    stacked = module.stacked_constants()
    for i in range(module.datasets):
        constants = PromptConstants(stacked.keys[i], stacked.values[i], stacked.bias[i])
        torch.testing.assert_close(module.enhance(tokens, constants), module(tokens, i))


@torch.no_grad()
def test_a_hidden_category_has_no_influence() -> None:
    module = build()
    tokens = torch.randn(1, 5, 32)
    before = [module(tokens, i) for i in range(2)]
    assert isinstance(module.text, PaperPromptText)
    row = sorted({49406, 49407}.union(*map(set, DATASETS + CATEGORIES))).index(3121)
    module.text.embedding.weight[row] += 10.0
    after = [module(tokens, i) for i in range(2)]
    assert torch.equal(before[0], after[0])
    assert not torch.allclose(before[1], after[1])


@torch.no_grad()
def test_the_official_mask_favours_what_it_should_hide() -> None:
    module = build(**OFFICIAL)
    bias = module.constants(0).bias
    assert bias.shape == (3 * 77 + 1,)
    assert torch.equal(bias, torch.tensor([0.0] * 154 + [1.0] * 77 + [0.0]))
    assert torch.equal(module.constants(1).bias, torch.zeros(3 * 77 + 1))


@torch.no_grad()
def test_used_vocabulary_is_the_same_function() -> None:
    used, full = build(), build(vocabulary="full")
    state = used.state_dict()
    embedding = torch.randn(VOCABULARY_SIZE, 32)
    tokens = sorted({49406, 49407}.union(*map(set, DATASETS + CATEGORIES)))
    embedding[tokens] = state["text.embedding.weight"]
    full.load_state_dict({**state, "text.embedding.weight": embedding})
    x = torch.randn(1, 6, 32)
    torch.testing.assert_close(full(x, 1), used(x, 1))
    assert state["text.embedding.weight"].shape[0] == len(tokens)


def test_everything_the_paper_trains_gets_a_gradient() -> None:
    module = build()
    module(torch.randn(1, 5, 32), 1).square().sum().backward()
    missing = [name for name, p in module.named_parameters() if p.grad is None]
    assert missing == []


def test_official_category_context_is_truncated_to_ids() -> None:
    text = OfficialPromptText(DATASETS, CATEGORIES, 8, context=4)
    with torch.no_grad():
        text.category_ctx.copy_(torch.tensor([1.7, -0.9, 5.5, 0.01]))
    ids = text.category_ids()
    assert ids.shape == (3, 77)
    assert ids[1, :9].tolist() == [49406, 1, 0, 5, 0, 7219, 269, 49407, 0]
    assert text.dataset_tokens(0)[5:9].tolist() == [616.0, 10434.0, 269.0, 49407.0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "official"}, "needs the full vocabulary"),
        ({"dataset_prompt": False, "category_bank": False}, "data set prompt or the category bank"),
    ],
)
def test_choices_that_do_not_go_together(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(**options)


def test_visible_categories_must_exist() -> None:
    with pytest.raises(ValueError, match=r"\[0, 3\] must be some of 0..2"):
        DynamicPromptModule(DATASETS, CATEGORIES, [[0, 3], [0]], dims=32, heads=4)
    with pytest.raises(ValueError, match="2 data sets, but visible categories of 1"):
        DynamicPromptModule(DATASETS, CATEGORIES, [[0]], dims=32, heads=4)
