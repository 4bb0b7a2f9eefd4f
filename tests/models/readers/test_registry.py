from pathlib import Path

import pytest

from calibrate.models.readers.pytorch import SUFFIXES
from calibrate.models.readers.registry import READERS, is_function, read_suffixes, reader_for


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("a/net.py:build", True),
        ("package.module:build", True),
        ("net.onnx", False),
        ("a:b.onnx", False),
        (":build", False),
        ("net.py:", False),
    ],
)
def test_a_function_is_named_by_module_and_name(name, is_one):
    assert is_function(Path(name)) is is_one


def test_suffixes_have_a_reader_or_openvino_reads_them():
    assert set(READERS) == set(SUFFIXES) <= set(read_suffixes())
    assert reader_for(Path("net.onnx")) is None
    assert callable(reader_for(Path("net.pt2")))
