import json
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.config.load import load_config
from calibrate.context.existing_result import ExistingResult, find_existing_result
from calibrate.core.progress import NoProgress
from calibrate.errors import CalibrateError
from calibrate.models.certificate import certify
from calibrate.models.model_files import digest_files
from calibrate.models.write import write_model
from calibrate.report.load import load_report
from calibrate.report.schema import Report
from calibrate.report_builder.existing_report import refuse_worse
from calibrate.store.run_journal import JOURNAL_NAME
from tests.fixtures.certificates import certificate

SAMPLE = Path(__file__).parents[1] / "report" / "sample.json"


class Notes(NoProgress):
    def __init__(self):
        self.texts = []

    def note(self, text):
        self.texts.append(text)


def network(value: float) -> ov.Model:
    given = ops.parameter([1, 4], np.float32, name="given")
    return ov.Model([ops.add(given, np.full(4, value, np.float32))], [given], "one")


@pytest.fixture
def job(make_job):
    """A config with a certified result of it in its output folder."""
    job = make_job()
    resolved = load_config(job)
    written = network(2.0)
    content = certificate(
        source={"name": "model", "digest": digest_files(resolved.config.model.path)},
        config={**resolved.document, "output": {"dir": "."}},
    )
    certify(written, json.loads(json.dumps(content)))
    write_model(written, result(job))
    return job


def result(job):
    return job.parent / "out" / "model.xml"


def look(job, *overrides, force=False, progress=None):
    resolved = load_config(job, overrides=overrides)
    return find_existing_result(result(job), resolved, progress or NoProgress(), force=force)


@pytest.mark.parametrize(
    "override",
    [
        "output.name=model",
        "output.dir=elsewhere",
        "model.name=b",
        "dataset.description=y",
        "search.timeout=5.0",
    ],
)
def test_the_result_of_the_same_run(job, override):
    assert look(job, override) == ExistingResult(passed=True, fallen_back=1)


@pytest.mark.parametrize(
    ("overrides", "differs"),
    [
        (["budget.max_drop=0.02"], "budget"),
        (["search.objective=latency"], "search"),
        (["budget.max_drop=0.02", "split.acceptance=0.4"], "budget, split"),
    ],
)
def test_the_result_of_another_config(job, overrides, differs):
    with pytest.raises(CalibrateError) as error:
        look(job, *overrides)
    assert (
        error.value.message == f"there is the result of another config, which differs in {differs}"
    )
    assert look(job, *overrides, force=True) is None


def test_the_result_of_another_model(job):
    write_model(network(3.0), job.parent / "model.xml")
    with pytest.raises(CalibrateError, match="there is the result of another model"):
        look(job)


def test_a_model_without_a_certificate(job):
    write_model(network(2.0), result(job))
    with pytest.raises(CalibrateError, match="this model was not written by calibrate"):
        look(job)


@pytest.mark.parametrize("content", ["", "<net/>", "notes of mine"])
def test_a_file_that_is_no_model(job, content):
    result(job).write_text(content)
    with pytest.raises(CalibrateError, match="this file is not a result of calibrate"):
        look(job)


@pytest.mark.parametrize("content", ["", "<net/>", "\0" * 99])
def test_a_damaged_result_is_written_again_where_a_run_has_worked(job, content):
    (job.parent / "out" / "work").mkdir()
    (job.parent / "out" / "work" / JOURNAL_NAME).touch()
    result(job).write_text(content)
    notes = Notes()
    assert look(job, progress=notes) is None
    (note,) = notes.texts
    assert note.startswith(f"{result(job)} is damaged (")
    assert note.endswith("; it is written again")


def test_nothing_is_there(job):
    result(job).unlink()
    assert look(job) is None


def test_a_result_with_other_weights_is_none(job):
    weights = result(job).with_suffix(".bin")
    weights.write_bytes(bytes(weights.stat().st_size))
    notes = Notes()
    assert look(job, progress=notes) is None
    assert notes.texts == [f"{result(job)} is not what was written any more; it is written again"]


def report(*, passed: bool, fallen_back: int) -> Report:
    sample = load_report(SAMPLE)
    group = sample.groups[0]
    groups = [group.model_copy(update={"precision": "fp32"})] * fallen_back
    groups += [group.model_copy(update={"precision": "int8"})] * 5
    verdict = sample.verdict.model_copy(update={"passed": passed})
    return sample.model_copy(update={"verdict": verdict, "groups": tuple(groups)})


@pytest.mark.parametrize(
    ("existing", "passed", "fallen_back", "expired", "worse"),
    [
        (None, False, 9, True, None),
        (ExistingResult(passed=False, fallen_back=0), False, 9, True, None),
        (ExistingResult(passed=True, fallen_back=2), False, 0, False, "is over budget"),
        (ExistingResult(passed=True, fallen_back=2), True, 3, False, None),
        (ExistingResult(passed=True, fallen_back=2), True, 2, True, None),
        (
            ExistingResult(passed=True, fallen_back=2),
            True,
            3,
            True,
            "ran out of time and leaves more in floating point",
        ),
    ],
)
def test_a_worse_result_is_refused(tmp_path, existing, passed, fallen_back, expired, worse):
    new = report(passed=passed, fallen_back=fallen_back)
    if worse is None:
        refuse_worse(existing, new, tmp_path, expired=expired)
        return
    with pytest.raises(CalibrateError, match=f"the new result {worse}, so the existing one is"):
        refuse_worse(existing, new, tmp_path, expired=expired)
