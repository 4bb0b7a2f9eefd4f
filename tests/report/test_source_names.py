import pytest

from calibrate.report.source_names import source_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("/1/Conv/WithoutBiases", "/1/Conv"),
        ("Conv_0/WithoutBiases", "Conv_0"),
        ("__module.conv/aten::_convolution/Convolution", None),
        ("WithoutBiases", None),
    ],
)
def test_the_name_of_the_node(name, expected):
    assert source_name(name) == (expected or name)
