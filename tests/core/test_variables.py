import pytest

from calibrate.core.variables import forget_values, remember_value, without_values


@pytest.fixture(autouse=True)
def nothing_remembered():
    forget_values()
    yield
    forget_values()


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ("s3cr3tTOKEN", "no file /a/s3cr3tTOKEN/b.npz", "no file /a/${NAME}/b.npz"),
        ("/data//patient/", "/data/patient/a.png is damaged", "${NAME}/a.png is damaged"),
        ("tok\x1b[2Jen", "'tok\\x1b[2Jen' is no name", "'${NAME}' is no name"),
        ("int8", "all layers are int8", "all layers are int8"),
        ("", "a text", "a text"),
    ],
)
def test_values_become_their_expressions(value, text, expected):
    remember_value("NAME", value)
    assert without_values(text) == expected
    forget_values()
    assert without_values(text) == text


def test_a_value_that_holds_another_one():
    remember_value("ROOT", "/data/jane")
    remember_value("SET", "/data/jane/validation")
    assert without_values("/data/jane/validation/1.png") == "${SET}/1.png"
