"""One number a sample: a score of a decision where decisions differ, else a value."""

import numpy as np
import openvino as ov
import pytest
import yaml
from openvino import opset13 as ops

from calibrate.cli.main import run
from calibrate.models.write import write_model


def network(path, offset):
    """The mean of six numbers, plus an offset."""
    numbers = ops.parameter([-1, 6], np.float32, name="numbers")
    weights = ops.constant(np.full((6, 1), 1 / 6, np.float32))
    total = ops.add(ops.matmul(numbers, weights, False, False), np.float32(offset))
    write_model(ov.Model([ops.result(total)], [numbers], "one_number"), path)


@pytest.mark.parametrize(
    ("offset", "decoder", "metrics"),
    [
        (3.0, "raw", ["relative_error"]),  # such as a quality from 1 to 5
        (0.0, "classification", ["agreement"]),  # a logit
    ],
)
def test_what_an_output_of_one_number_is(tmp_path, capsys, offset, decoder, metrics):
    network(tmp_path / "model.xml", offset)
    rows = np.random.default_rng(0).normal(0, 0.5, (40, 6)).astype(np.float32)
    np.savez(tmp_path / "data.npz", numbers=rows)
    words = ["new", str(tmp_path / "model.xml"), str(tmp_path / "data.npz")]
    assert run([*words, "-o", str(tmp_path / "new.yaml"), "-q"]) == 0
    content = yaml.safe_load((tmp_path / "new.yaml").read_text())
    assert content["decoder"]["type"] == decoder
    assert [metric["type"] for metric in content["metrics"]] == metrics
    capsys.readouterr()
