import json
from types import SimpleNamespace

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.context.existing_result import ExistingResult, find_existing_result
from calibrate.core.progress import NoProgress
from calibrate.errors import CalibrateError
from calibrate.models.certificate import certify
from calibrate.models.write import digest_files, write_model
from calibrate.report_builder.existing_report import refuse_worse

CONFIG = {
    "model": {"path": "source.xml", "name": "a"},
    "dataset": {"adapter": {"type": "images"}, "description": "x"},
    "budget": {"max_drop": 0.01},
    "search": {"timeout": None, "objective": "latency"},
    "output": {"dir": "out"},
}


def network(value: float) -> ov.Model:
    given = ops.parameter([1, 4], np.float32, name="given")
    return ov.Model([ops.add(given, np.full(4, value, np.float32))], [given], "one")


@pytest.fixture
def place(tmp_path):
    """A certified result of `source.xml` by CONFIG."""
    write_model(network(1.0), tmp_path / "source.xml")
    written = network(2.0)
    certificate = {
        "source": {"digest": digest_files(tmp_path / "source.xml")},
        "config": {**CONFIG, "output": {"dir": "."}},
        "verdict": {"passed": True},
        "not_int8": {"conv": "accuracy"},
    }
    certify(written, json.loads(json.dumps(certificate)))
    write_model(written, tmp_path / "result.xml")
    return tmp_path


def look(place, config=CONFIG, *, force=False, progress=None):
    resolved = SimpleNamespace(
        document=config,
        config=SimpleNamespace(model=SimpleNamespace(path=place / "source.xml")),
    )
    return find_existing_result(
        place / "result.xml", resolved, progress or NoProgress(), force=force
    )


def changed(section, **values):
    return {**CONFIG, section: {**CONFIG[section], **values}}


@pytest.mark.parametrize(
    "config",
    [
        CONFIG,
        changed("output", dir="elsewhere"),
        changed("model", name="b"),
        changed("dataset", description="y"),
        changed("search", timeout=5.0),
    ],
)
def test_the_result_of_the_same_run(place, config):
    assert look(place, config) == ExistingResult(passed=True, fallen_back=1)


@pytest.mark.parametrize(
    ("config", "differs"),
    [
        (changed("budget", max_drop=0.02), "budget"),
        (changed("search", objective="size"), "search"),
        ({**changed("budget", max_drop=0.02), "extra": 1}, "budget, extra"),
    ],
)
def test_the_result_of_another_config(place, config, differs):
    with pytest.raises(CalibrateError) as error:
        look(place, config)
    assert (
        error.value.message == f"there is the result of another config, which differs in {differs}"
    )
    assert look(place, config, force=True) is None


def test_the_result_of_another_model(place):
    write_model(network(3.0), place / "source.xml")
    with pytest.raises(CalibrateError, match="there is the result of another model"):
        look(place)


def test_a_model_without_a_certificate(place):
    write_model(network(2.0), place / "result.xml")
    with pytest.raises(CalibrateError, match="a model that calibrate has not written"):
        look(place)


@pytest.mark.parametrize("content", ["", "<net/>", "notes of mine"])
def test_a_file_that_is_no_model(place, content):
    (place / "result.xml").write_text(content)
    with pytest.raises(CalibrateError, match="a file that is no result of calibrate"):
        look(place)


def test_nothing_is_there(place):
    (place / "result.xml").unlink()
    assert look(place) is None


def test_a_result_with_other_weights_is_none(place):
    (place / "result.bin").write_bytes(bytes((place / "result.bin").stat().st_size))
    told = []

    class Notes(NoProgress):
        def note(self, text):
            told.append(text)

    assert look(place, progress=Notes()) is None
    assert told == [f"{place / 'result.xml'} is not what was written any more; it is written again"]


def report(*, passed, fallen_back):
    return SimpleNamespace(
        verdict=SimpleNamespace(passed=passed),
        groups=[SimpleNamespace(precision="fp32")] * fallen_back
        + [SimpleNamespace(precision="int8")] * 5,
    )


@pytest.mark.parametrize(
    ("existing", "passed", "fallen_back", "expired", "worse"),
    [
        (None, False, 9, True, None),
        (ExistingResult(passed=False, fallen_back=0), False, 9, True, None),
        (
            ExistingResult(passed=True, fallen_back=2),
            False,
            0,
            False,
            "is over budget",
        ),
        (ExistingResult(passed=True, fallen_back=2), True, 3, False, None),
        (ExistingResult(passed=True, fallen_back=2), True, 2, True, None),
        (
            ExistingResult(passed=True, fallen_back=2),
            True,
            3,
            True,
            "ran out of time and leaves more in FP32",
        ),
    ],
)
def test_a_worse_result_is_refused(tmp_path, existing, passed, fallen_back, expired, worse):
    new = report(passed=passed, fallen_back=fallen_back)
    if worse is None:
        refuse_worse(existing, new, tmp_path, expired=expired)
        return
    with pytest.raises(CalibrateError, match=f"the new result {worse}, so the one that is there"):
        refuse_worse(existing, new, tmp_path, expired=expired)
