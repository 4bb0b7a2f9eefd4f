"""Open dimensions stay open, or the static model is written with the reason."""

import numpy as np
import openvino as ov
import pytest

from calibrate.commands.run import run
from calibrate.config.load import load_config
from tests.miniatures.dynamic import OPEN, STATIC
from tests.miniatures.end_to_end import config_of


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr("calibrate.context.performance.SECONDS", 0.1)
    monkeypatch.setattr("calibrate.context.footprints.peak_memory", lambda _: 1 << 20)
    monkeypatch.setattr("calibrate.context.load_model.try_model", lambda _: None)


def shapes_of(path):
    return [str(port.get_partial_shape()) for port in ov.Core().read_model(path).inputs]


@pytest.mark.parametrize("miniature", OPEN, ids=lambda each: each.name)
def test_open_dimensions_stay_open(miniature, tmp_path):
    facts = run(load_config(config_of(miniature, tmp_path))).model.dynamic
    source, written = tmp_path / "model.xml", tmp_path / "out" / "result.xml"
    assert shapes_of(written) == shapes_of(source)
    assert facts.kept
    assert facts.difference == 0
    assert len(facts.tried) == 3
    feed = {
        name: np.concatenate([array[:2]] * 2, axis=-1) for name, array in miniature.samples.items()
    }
    outputs = []
    for path in (source, written):
        network = ov.Core().read_model(path)
        network.reshape({name: list(rows.shape) for name, rows in feed.items()})
        outputs.append([*ov.Core().compile_model(network, "CPU")(feed).values()])
    for before, after in zip(*outputs, strict=True):
        assert np.linalg.norm(after - before) < 0.2 * np.linalg.norm(before)


@pytest.mark.parametrize(
    ("miniature", "reason"), STATIC, ids=lambda each: getattr(each, "name", "")
)
def test_what_cannot_be_carried_is_written_static_with_the_reason(miniature, reason, tmp_path):
    facts = run(load_config(config_of(miniature, tmp_path))).model.dynamic
    assert reason in facts.reason
    assert not facts.kept
    assert "?" not in shapes_of(tmp_path / "out" / "result.xml")[0]


def test_static_where_that_is_wanted(tmp_path):
    config = config_of(OPEN[0], tmp_path)
    report = run(load_config(config, overrides=["model.keep_dynamic=false"]))
    assert report.model.dynamic is None
    assert "?" not in shapes_of(tmp_path / "out" / "result.xml")[0]
