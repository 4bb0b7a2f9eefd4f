import pytest

from calibrate.report.short_names import short_names


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([], []),
        (["/a/b/m.xml"], ["m.xml"]),
        (["/a/fp32/m.xml", "/a/int8/m.xml"], ["fp32/m.xml", "int8/m.xml"]),
        (["/a/m.xml", "/a/m.onnx"], ["m.xml", "m.onnx"]),
        (["m.xml", "m.xml"], ["m.xml", "m.xml"]),
        (["m.xml", "a/m.xml"], ["m.xml", "a/m.xml"]),
    ],
)
def test_short_names(paths, expected):
    assert short_names(paths) == expected
