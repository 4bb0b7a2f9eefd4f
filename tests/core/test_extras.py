import pytest

from calibrate.core.extras import import_extra
from calibrate.errors import CalibrateError


def test_a_package_that_is_there():
    assert import_extra("json.decoder", "text").JSONDecoder


def test_a_package_that_is_missing_is_named_with_its_command():
    with pytest.raises(CalibrateError, match="the package 'no_such_package' is needed") as caught:
        import_extra("no_such_package.part", "medical")
    assert caught.value.hint == "pip install 'openvino-calibrate[medical]'"
