import numpy as np
import pytest

from calibrate.core.sample import Facts
from calibrate.decoders.span import Span
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

FACTS = Facts("a", source="a.txt")
START = np.array([0, 1, 5, 2, 0], np.float32)
END = np.array([6, 0, 1, 4, 2], np.float32)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({}, [2, 3]), ({"max_length": 1}, [0, 0])],
)
def test_the_last_position_is_not_before_the_first(fields, expected):
    for outputs in (
        {"start_logits": START, "end_logits": END},
        {"end": END[None], "start": START[None]},
        {"logits": np.stack([START, END], axis=1)},
    ):
        assert Span(**fields).predict(outputs, FACTS).positions.tolist() == expected


@pytest.mark.parametrize(
    ("shapes", "problems"),
    [
        ({"start_logits": (1, 384), "end_logits": (1, 384)}, 0),
        ({"logits": (1, 384, 2)}, 0),
        ({"a": (1, 384), "b": (1, 384)}, 1),
        ({"logits": (1, 384, 3)}, 1),
    ],
)
def test_problems(shapes, problems):
    assert len(Span().problems(shapes)) == problems


def test_refused():
    with pytest.raises(CalibrateError, match="5 first and 4 last positions do not fit together"):
        Span().predict({"start": START, "end": END[1:]}, FACTS)


def test_contract():
    check_decoder(Span(), {"start": START, "end": END}, FACTS)
