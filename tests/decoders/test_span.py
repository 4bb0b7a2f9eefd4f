import numpy as np
import pytest

from calibrate.core.group_annotations import AnswerTarget
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


def test_answers_lie_in_the_context_of_a_window():
    offsets = np.array([[-1, -1], [0, 1], [2, 3], [4, 5], [-1, -1]])
    facts = Facts("a", AnswerTarget("q", "a b c", ("a",), offsets))
    span = Span().predict({"start_logits": START, "end_logits": END}, facts)
    assert span.positions.tolist() == [2, 3]
    assert (span.score, span.null_score) == (9.0, 6.0)
    first = Span().predict({"start_logits": -START, "end_logits": END}, facts)
    assert first.positions.tolist() == [1, 3]
    short = Facts("a", AnswerTarget("q", "a b c", ("a",), offsets[:3]))
    with pytest.raises(CalibrateError, match="5 logits for a window of 3 tokens"):
        Span().predict({"start_logits": START, "end_logits": END}, short)


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
