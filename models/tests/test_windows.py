"""The window plan is the TypeScript's: cores partition the axis, every core has its halo."""

import pytest

from unicell.windows import plan_axis


@pytest.mark.parametrize("length", [1, 63, 64, 65, 100, 127, 500, 512, 1003])
def test_cores_partition_the_axis(length: int) -> None:
    spans = plan_axis(length, 64, 8)
    assert [span.low for span in spans] == [0, *(span.high for span in spans[:-1])]
    assert spans[-1].high == length
    for span in spans:
        assert span.low == 0 or span.low - span.start >= 8
        assert span.high == length or span.start + 64 - span.high >= 8


def test_512_pixels_take_three_windows_of_256() -> None:
    assert [span.start for span in plan_axis(512, 256, 32)] == [0, 128, 256]
