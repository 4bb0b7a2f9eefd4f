import pytest
from pydantic import TypeAdapter, ValidationError

from calibrate.data.class_names import ClassNames, read_class_names
from calibrate.errors import CalibrateError


def test_names_of_a_file(tmp_path):
    (tmp_path / "names.txt").write_bytes(b"\xef\xbb\xbfcat\r\n dog \r\n\r\n")
    assert read_class_names(tmp_path / "names.txt") == ("cat", "dog")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the list of class names is empty"),
        ("\n\n", "the list of class names is empty"),
        ("cat\ndog\ncat\n", "a class is named twice: cat"),
        ("cat\n\ndog\n", "a class has an empty name"),
    ],
)
def test_bad_files(tmp_path, text, message):
    (tmp_path / "names.txt").write_text(text)
    with pytest.raises(CalibrateError, match=f"names.txt: {message}"):
        read_class_names(tmp_path / "names.txt")


def test_bad_fields():
    with pytest.raises(ValidationError, match="a class is named twice: cat"):
        TypeAdapter(ClassNames).validate_python(["cat", "cat"])
