import pytest

from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError, PluginError
from calibrate.evaluation.component_errors import naming_sample


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (CalibrateError("odd"), CalibrateError, "a.png: odd"),
        (CalibrateError("odd", "b.png"), CalibrateError, "b.png: odd"),
        (KeyError("odd"), PluginError, "a.png: judging fails with KeyError: 'odd'"),
        (MemoryError(), MemoryError, ""),
    ],
)
def test_errors_name_the_sample(error, kind, message):
    with pytest.raises(kind) as caught, naming_sample(Facts("a", source="a.png")):
        raise error
    assert str(caught.value) == message
