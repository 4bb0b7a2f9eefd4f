"""Miniatures of sequences, states and unusual operations can be quantized, or are refused."""

import re

import pytest

from calibrate.errors import CalibrateError
from tests.miniatures import sequences, states, unusual
from tests.miniatures.quantized import hold_quantized

MINIATURES = (*sequences.MINIATURES, *states.MINIATURES, *unusual.MINIATURES)


@pytest.mark.parametrize(
    "miniature",
    [each for each in MINIATURES if not each.refused],
    ids=lambda miniature: miniature.name,
)
def test_a_miniature_is_quantized(miniature, tmp_path):
    hold_quantized(miniature, tmp_path)


def test_strings_are_refused(tmp_path):
    (strings,) = (each for each in MINIATURES if each.name == "string input")
    with pytest.raises(CalibrateError) as caught:
        hold_quantized(strings, tmp_path)
    assert re.search(strings.refused, str(caught.value))
    assert caught.value.hint
