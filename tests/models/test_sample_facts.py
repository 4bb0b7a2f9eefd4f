import pytest

from calibrate.core.sample import Geometry, Sample
from calibrate.models.sample_facts import FACTS, fact

GEOMETRY = Geometry(12, 16, 6, 4, scale_x=0.25, scale_y=0.5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("source_size", [12, 16]),
        ("input_size", [6, 4]),
        ("source_width_height", [16, 12]),
        ("input_width_height", [4, 6]),
        ("scale_factor", [0.5, 0.25]),
        ("im_info", [6, 4, 0.5]),
    ],
)
def test_facts(name, expected):
    assert name in FACTS
    assert fact(name, Sample("s", {}, geometry=GEOMETRY)).tolist() == expected
