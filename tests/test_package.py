import subprocess
import sys

import pytest

import calibrate

HEAVY = {"openvino", "nncf", "scipy", "sklearn", "pydantic", "numpy", "rich", "jinja2", "yaml"}


def loaded_by(code: str) -> set[str]:
    code += "\nimport sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", calibrate.__all__)
def test_every_public_name_is_there(name):
    assert getattr(calibrate, name) is not None
    assert name in dir(calibrate)


def test_public_names_have_one_list():
    assert sorted(calibrate._HOMES) == calibrate.__all__ == sorted(calibrate.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'calibrate' has no attribute 'Adpater'"):
        calibrate.Adpater  # noqa: B018  # the access is the test


def test_importing_the_package_loads_nothing_heavy():
    assert loaded_by("import calibrate") & HEAVY == set()


def test_the_contracts_load_no_runtime():
    heavy = {"openvino", "nncf", "scipy", "sklearn"}
    assert loaded_by("from calibrate import Component, Metric, CalibrateError") & heavy == set()
