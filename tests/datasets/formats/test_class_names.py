import pytest
from pydantic import TypeAdapter, ValidationError

from calibrate.datasets.formats.class_names import ClassNames


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["cat", "dog", "cat"], "a class is named twice: cat"),
        (["cat", ""], "a class has an empty name"),
    ],
)
def test_bad_lists(names, message):
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(ClassNames).validate_python(names)


def test_order_is_kept():
    assert TypeAdapter(ClassNames).validate_python(["dog", "cat"]) == ("dog", "cat")
