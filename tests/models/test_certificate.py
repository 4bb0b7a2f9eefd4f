import json

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.errors import CalibrateError
from calibrate.models.certificate import (
    certificate_in_file,
    certificate_of,
    certify,
    changed_part,
)
from calibrate.models.certificate_schema import checked
from calibrate.models.read import read_model
from calibrate.models.write import write_model
from tests.fixtures.certificates import certificate


def network(value: float = 1.0) -> ov.Model:
    given = ops.parameter([1, 4], np.float32, name="given")
    given.output(0).set_names({"given", "image"})
    model = ov.Model([ops.add(given, np.full(4, value, np.float32))], [given], "one")
    model.set_rt_info("cat dog", ["model_info", "labels"])
    model.set_rt_info(True, ["model_info", "resize"])
    model.set_rt_info(0.25, ["model_info", "threshold"])
    model.set_rt_info(["a", "b"], ["model_info", "names"])
    return model


@pytest.fixture
def written(tmp_path):
    """A certified model as its file holds it."""
    model = network()
    certify(model, certificate())
    write_model(model, tmp_path / "model.xml")
    return tmp_path / "model.xml"


def test_a_certificate_survives_its_file(written):
    model = read_model(written)
    content = certificate_of(model)
    assert content["metrics"] == certificate()["metrics"]
    assert changed_part(model, content) is None
    assert certificate_in_file(written) == content
    assert certificate_of(network()) is None


def edited(content, *path, value):
    for key in path[:-1]:
        content = content[key]
    content[path[-1]] = value


@pytest.mark.parametrize(
    "edit",
    [
        ("metrics", "accuracy@1", "result", "acceptance", "value"),
        ("metrics", "accuracy@1", "budget", "absolute"),
        ("config", "further"),
    ],
)
def test_an_edited_certificate_is_reported_from_the_one_that_was_written(written, edit):
    model = read_model(written)
    content = certificate_of(model)
    edited(content, *edit, value=0.99)
    model.set_rt_info(json.dumps(content), ["calibrate", "certificate"])
    assert changed_part(model, certificate_of(model)) == "certificate"


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda model: model.set_rt_info("dog cat", ["model_info", "labels"]), "names or metadata"),
        (lambda model: model.outputs[0].set_names({"other"}), "names or metadata"),
        (lambda model: model.set_rt_info("x", ["further"]), "names or metadata"),
        (lambda model: model.reshape([2, 4]), "graph or weights"),
    ],
)
def test_a_changed_model_is_reported(written, change, part):
    model = read_model(written)
    change(model)
    assert changed_part(model, certificate_of(model)) == part


DEEP = {"a": 1}
for _ in range(100):
    DEEP = {"a": DEEP}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "is not what calibrate writes"),
        ("1e999", "is not what calibrate writes"),
        ("{}", "of version None, and this calibrate reads version 2"),
        ({"version": 99}, "of version 99, and this calibrate reads version 2"),
        ({"version": "\x1b[2J"}, r"of version \\x1b\[2J"),
        ({"metrics": 5}, "metrics"),
        ({"metrics": {"accuracy@1": {}}}, "metrics.accuracy@1.unit: Field required"),
        ({"folder": 3}, "folder: Input should be a valid string"),
        ({"folder": "a\0b"}, "folder: String should match"),
        ({"folder": "a/" * 5000}, "folder: String should have at most 4096 characters"),
        ({"config": []}, "config"),
        ({"environment": {"cpu": None}}, "environment.cpu"),
        ({"weights": "short"}, "weights"),
        ({"verdict": {"summary": "so", "passed": "yes"}}, "verdict.passed"),
        ({"more": DEEP}, "nested deeper than 64 levels"),
    ],
)
def test_what_is_no_certificate(content, message):
    model = network()
    if isinstance(content, dict):
        model_with = network()
        certify(model_with, certificate())
        content = json.dumps({**certificate_of(model_with), **content})
    model.set_rt_info(content, ["calibrate", "certificate"])
    with pytest.raises(CalibrateError, match=message):
        certificate_of(model)


def test_a_section_instead_of_a_text():
    model = network()
    model.set_rt_info("x", ["calibrate", "certificate", "deeper"])
    with pytest.raises(CalibrateError):
        certificate_of(model)


@pytest.mark.parametrize(
    "config", [{"model": {"path": "\ud800"}}, {"model": {"path": "a"}, "\ud800": 1}]
)
def test_letters_that_no_text_has_are_refused(config):
    with pytest.raises(CalibrateError, match="half a letter"):
        checked(
            certificate(
                config=config, **dict.fromkeys(("weights", "metadata", "content"), "0" * 64)
            )
        )
