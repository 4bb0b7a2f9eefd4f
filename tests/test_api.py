from pathlib import Path

import pytest

import calibrate
from calibrate.core.progress import NoProgress
from calibrate.errors import CalibrateError


class Stages(NoProgress):
    def __init__(self):
        self.texts = []

    def stage(self, title, total=None):
        self.texts.append(title)


def test_a_path_a_text_and_a_config_are_the_same(make_job):
    job = make_job()
    stages = Stages()
    first = calibrate.run(job, {"budget.max_drop": 0.4}, progress=stages)
    assert "Measuring FP32" in stages.texts
    assert calibrate.run(str(job), {"budget.max_drop": 0.4}) == first
    resolved = calibrate.load_config(job, overrides=["budget.max_drop=0.4"])
    assert calibrate.run(resolved) == first
    assert calibrate.load_report(job.parent / "out" / "report.json") == first
    assert first.metrics["accuracy@1"].budget.max_drop == 0.4


def test_another_config_needs_force(make_job):
    job = make_job()
    calibrate.run(job)
    with pytest.raises(CalibrateError, match="result of another config"):
        calibrate.run(job, {"budget.max_drop": 0.4})
    assert calibrate.run(job, {"budget.max_drop": 0.4}, force=True).verdict.passed


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"budget.max_drop": -1}, "has to be at least 0"),
        ({"model.path": Path("${NO_SUCH} thing.xml")}, r"\$\{NO_SUCH\} thing.xml"),
        ({"a..b": 1}, "'a..b' is not a path of keys"),
    ],
)
def test_overrides_are_checked(make_job, overrides, message):
    with pytest.raises(CalibrateError, match=message):
        calibrate.run(make_job(), overrides)


def test_overrides_come_before_loading(make_job):
    resolved = calibrate.load_config(make_job())
    with pytest.raises(CalibrateError, match="give them to load_config"):
        calibrate.run(resolved, {"budget.max_drop": 0.4})
