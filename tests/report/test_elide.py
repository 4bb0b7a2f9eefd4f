import pytest

from calibrate.report.elide import elided


@pytest.mark.parametrize(
    ("name", "most", "expected"),
    [
        ("conv1", 5, "conv1"),
        ("conv12", 5, "co…12"),
        ("/layer1/layer1.2/conv2/Conv", 12, "/laye…2/Conv"),
        ("/conv/WithoutBiases", 20, "/conv/WithoutBiases"),
        ("/conv/WithoutBiases", 18, "/conv"),
        ("/layer1/layer1.2/conv2/Conv/WithoutBiases", 12, "/laye…2/Conv"),
        ("abc", 1, "…"),
        ("", 3, ""),
    ],
)
def test_the_middle_goes(name, most, expected):
    assert elided(name, most) == expected
    assert len(elided(name, most)) <= most
