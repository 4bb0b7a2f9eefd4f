"""Models with state: sequences in, a model with state out, which other processes check."""

import numpy as np
import openvino as ov
import pytest

from calibrate.commands.certified_model import read_certified
from calibrate.commands.check import check
from calibrate.commands.run import run
from calibrate.commands.verify import verify
from calibrate.config.load import load_config
from calibrate.core.costs import Costs
from calibrate.core.progress import NoProgress
from tests.miniatures.end_to_end import config_of
from tests.miniatures.states import MINIATURES


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr("calibrate.context.performance.SECONDS", 0.1)
    monkeypatch.setattr("calibrate.context.footprints.peak_memory", lambda _: 1 << 20)
    monkeypatch.setattr("calibrate.context.load_model.try_model", lambda _: None)


def answers(path, sequences):
    network = ov.Core().read_model(path)
    network.reshape({0: [1, *sequences.shape[2:]]})
    request = ov.Core().compile_model(network, "CPU").create_infer_request()
    outputs = []
    for sequence in sequences:
        request.reset_state()
        outputs.append([np.array(request.infer([step[None]])[0]) for step in sequence])
    return np.array(outputs)


@pytest.mark.parametrize("miniature", MINIATURES[:1], ids=lambda each: each.name)
def test_a_model_with_state(miniature, tmp_path):
    config = config_of(miniature, tmp_path)
    assert check(load_config(config)).inputs[0].startswith("x [6, 1, 16]")
    report = run(load_config(config))
    assert report.verdict.passed
    assert report.model.states.kept == ("hidden",)
    assert report.model.states.steps == 6
    written = tmp_path / "out" / "result.xml"
    model = ov.Core().read_model(written)
    assert [str(port.get_partial_shape()) for port in model.inputs] == ["[?,16]"]
    assert "FakeQuantize" in {op.get_type_name() for op in model.get_ops()}
    sequences = miniature.samples["x"][:4]
    before, after = (answers(path, sequences) for path in (tmp_path / "model.xml", written))
    assert 0 < np.linalg.norm(after - before) < 0.1 * np.linalg.norm(before)
    again = verify(
        read_certified(written),
        load_config(config),
        max_drop=None,
        progress=NoProgress(),
        costs=Costs(lambda: 0.0),
    )
    assert not again.new_images
    assert again.metrics[0].verdict.passed
