"""Fine-tuning in a whole run on a small network, one layer of which INT8 spoils."""

import pytest

from calibrate.commands.run import run
from calibrate.commands.run_options import RunOptions
from calibrate.config.load import load_config
from calibrate.core.progress import NoProgress
from calibrate.models.fingerprint import fingerprint
from calibrate.models.read import read_model
from calibrate.quantization.finetune.checkpoint import Checkpoint
from calibrate.report.schema import Report

CHANGES = {
    "max_drop: 0.5": "max_drop: 0.0",
    "search: {": "search: {finetune: {updates: 6}, acceptance_looks: 1, ",
}


class Interrupted(Exception):
    """Ends a run as a signal does."""


class Progress(NoProgress):
    """Counts updates, and stops after some of them."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.tuning, self.updates, self.totals, self.left = False, 0, [], stop_after

    def stage(self, title: str, total: int | None = None) -> None:
        self.tuning = title == "Fine-tuning"
        if self.tuning:
            self.totals.append(total)

    def advance(self, count: int = 1) -> None:
        if self.tuning:
            self.updates += count
            self.left -= count
        if self.left <= 0:
            raise Interrupted


@pytest.fixture
def job(make_job):
    def make(name):
        config = make_job(name)
        text = config.read_text()
        for former, changed in CHANGES.items():
            assert former in text
            text = text.replace(former, changed)
        config.write_text(text)
        return config

    return make


def report_of(config, progress) -> Report:
    return run(load_config(config), progress, conduct=RunOptions())


def test_a_run_interrupted_while_tuning_resumes_to_the_same_model(job):
    whole, config = job("whole"), job("interrupted")
    progress = Progress()
    report = report_of(whole, progress)
    assert progress.totals == [6, 6]
    tuned = next(recipe for recipe in report.recipes if recipe.name == "fine-tuned")
    assert tuned.divergence < report.recipes[0].divergence

    with pytest.raises(Interrupted):
        report_of(config, Progress(stop_after=9))
    checkpoints = list((config.parent / "out" / "work" / "models").glob("*.checkpoint"))
    assert len(checkpoints) == 1
    resumed = Progress()
    report_of(config, resumed)
    assert resumed.totals == [4]  # the third update was not saved yet
    first, second = (path.parent / "out" / "model.xml" for path in (whole, config))
    assert first.with_suffix(".bin").read_bytes() == second.with_suffix(".bin").read_bytes()
    assert fingerprint(read_model(first)) == fingerprint(read_model(second))
    assert not checkpoints[0].exists()


def test_a_checkpoint_cut_off_by_a_full_disk_is_ignored(tmp_path):
    checkpoint = Checkpoint(tmp_path / "file", "key")
    checkpoint.save({"done": 1})
    (tmp_path / "file").write_bytes((tmp_path / "file").read_bytes()[:40])
    assert checkpoint.load() is None
