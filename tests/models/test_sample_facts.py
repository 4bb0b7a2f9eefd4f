import pytest

from calibrate.core.sample import Geometry, Sample
from calibrate.models.sample_facts import FACTS, fact


@pytest.mark.parametrize("name", FACTS)
def test_facts_are_of_the_height_first(name):
    geometry = Geometry(12, 16, 6, 4, scale_x=0.25, scale_y=0.5)
    first, second = fact(name, Sample("s", {}, geometry=geometry))[:2]
    assert (first, second) in {(12, 16), (6, 4), (0.5, 0.25)}
