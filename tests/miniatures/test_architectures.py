"""Small networks after well-known architectures are quantized as PyTorch exports them."""

import pytest

from tests.miniatures.quantized import hold_quantized

pytest.importorskip("torch")


def miniatures():
    from tests.miniatures import architectures  # needs torch

    return architectures.MINIATURES


@pytest.mark.parametrize("miniature", miniatures(), ids=lambda miniature: miniature.name)
def test_an_architecture_is_quantized(miniature, tmp_path):
    hold_quantized(miniature, tmp_path)
