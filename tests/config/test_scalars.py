import pytest

from calibrate.config.scalars import expand, is_one_variable
from calibrate.errors import CalibrateError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("${A}", "1"),
        ("${A}/x/${B}", "1/x/two"),
        ("${EMPTY}", ""),
        ("${EMPTY:-default}", "default"),
        ("${UNSET:-default}", "default"),
        ("${UNSET:-}", ""),
        ("${UNSET:-a:-b}", "a:-b"),
        ("${A:-default}", "1"),
        ("$${A}", "${A}"),
        ("^conv$", "^conv$"),
        ("$A", "$A"),
        ("${RECURSIVE}", "${A}"),
    ],
)
def test_expand(text, expected):
    environment = {"A": "1", "B": "two", "EMPTY": "", "RECURSIVE": "${A}"}
    assert expand(text, environment) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "${UNSET}/x",
            "the environment variable UNSET is not set; set it, or write ${UNSET:-default}",
        ),
        (
            "a${2}",
            (
                "'${' begins no variable; write ${NAME} or ${NAME:-default}, "
                "or $${ for the characters themselves"
            ),
        ),
        (
            "${A",
            (
                "'${' begins no variable; write ${NAME} or ${NAME:-default}, "
                "or $${ for the characters themselves"
            ),
        ),
    ],
)
def test_expand_tells(text, message):
    with pytest.raises(CalibrateError) as caught:
        expand(text, {"A": "1"})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [("${A}", True), ("${A:-1}", True), ("${A}1", False), ("$${A}", False), ("x", False)],
)
def test_is_one_variable(text, expected):
    assert is_one_variable(text) is expected
