"""Exports with lines that people write between two layers: `x[:, -1]`, glu, cumsum, ..."""

import pytest

from tests.miniatures.quantized import hold_quantized

pytest.importorskip("torch")


def miniatures():
    from tests.miniatures import one_line  # needs torch

    return one_line.MINIATURES


@pytest.mark.parametrize("miniature", miniatures(), ids=lambda miniature: miniature.name)
def test_exported_lines_are_quantized(miniature, tmp_path):
    hold_quantized(miniature, tmp_path)
