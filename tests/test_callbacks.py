import json
import sys
from pathlib import Path

import pytest

from calibrate.callbacks import to_mlflow, to_wandb, tracked_values
from calibrate.report.load import load_report
from calibrate.report.schema import Report

SAMPLE = Path(__file__).parent / "report" / "sample.json"


@pytest.fixture
def report(tmp_path) -> Report:
    """A report whose model files exist."""
    written = tmp_path / "tiny.xml"
    for path in (written, written.with_suffix(".bin")):
        path.write_text("model")
    given = load_report(SAMPLE)
    return given.model_copy(
        update={"model": given.model.model_copy(update={"written": str(written)})}
    )


def test_the_numbers(report):
    values = tracked_values(report)
    assert values["accuracy_1/fp32"] == 0.85
    assert values["accuracy_1/drop"] == pytest.approx(0.004)
    assert values["speedup"] == report.performance["result"].speedup
    assert all(isinstance(value, float) for value in values.values())


def test_mlflow_keeps_numbers_page_and_model(report, tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow", reason="mlflow is not installed")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    to_mlflow(run_name="nightly")(report)
    client = mlflow.MlflowClient()
    (run,) = client.search_runs(["0"])
    assert run.info.run_name == "nightly"
    assert (
        run.data.metrics["accuracy_1/result"]
        == report.metrics["accuracy@1"].result["acceptance"].value
    )
    assert run.data.tags["outcome"] == report.verdict.outcome
    kept = {entry.path for entry in client.list_artifacts(run.info.run_id)}
    assert kept == {"report.json", "report.html", "model"}
    files = {entry.path for entry in client.list_artifacts(run.info.run_id, "model")}
    assert files == {"model/tiny.xml", "model/tiny.bin"}


def test_a_missing_library_is_an_import_error(report, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(ImportError, match="wandb"):
        to_wandb()(report)


def test_dict_and_line(report):
    assert report.to_dict() == json.loads(report.model_dump_json())
    assert repr(report) == (
        "<Report tiny: proven, 2 of 3 groups quantized, "
        f"{report.performance['result'].speedup:.2f} times as fast as FP32>"
    )
    assert report.to_html().startswith("<!DOCTYPE html>")
    assert report._repr_html_().startswith('<iframe title="Report of tiny" srcdoc="&lt;!DOCTYPE')


def test_reduced_floats_are_not_quantized(report):
    groups = tuple(
        group.model_copy(update={"precision": "bf16", "reason": "speed"}) for group in report.groups
    )
    assert report.quantized_groups == 2
    assert report.model_copy(update={"groups": groups}).quantized_groups == 0
