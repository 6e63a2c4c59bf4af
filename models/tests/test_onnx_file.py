from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from unicell.card import graph_file, model_file

ort = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

from unicell import onnx_file  # noqa: E402


class Doubled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(40, 30)

    def forward(self, x: Tensor) -> Tensor:
        doubled: Tensor = 2 * self.linear(x)
        return doubled


@pytest.mark.parametrize(("limit", "external"), [(2**31, False), (2**31, True), (1000, False)])
def test_weights_lie_beside_a_graph_when_asked_or_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, external: bool
) -> None:
    monkeypatch.setattr(onnx_file, "INLINE_LIMIT", limit)
    module, path = Doubled().eval(), tmp_path / "graph.onnx"
    onnx_file.write_onnx(
        module, (torch.zeros(2, 40),), path, ["x"], ["y"], ({0: "batch"},), external
    )
    beside = external or limit < 30 * 40 * 4
    weights = tmp_path / "graph.onnx.data"
    assert weights.exists() == beside
    assert (path.stat().st_size < 30 * 40 * 4) == beside
    assert graph_file(path).get("externalData") == (model_file(weights) if beside else None)
    x = torch.randn(3, 40)
    (y,) = ort.InferenceSession(str(path)).run(None, {"x": x.numpy()})
    np.testing.assert_allclose(y, module(x).detach().numpy(), atol=1e-5)
