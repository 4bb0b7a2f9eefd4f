"""A whole run that compresses weights: what is written is what was measured."""

import openvino as ov
import pytest

from calibrate.cli.main import run as command
from calibrate.commands.run import run
from calibrate.config.load import load_config
from calibrate.models.certificate import certificate_of, is_intact
from calibrate.models.read import read_model
from calibrate.quantization.weight_compression import group_size_of
from calibrate.report import phrases

INT8_FIRST = ["quantization.precisions=[int8,int8_weights]"]
ALONE = ["quantization.precisions=[int8_weights]"]
OWN = [
    "quantization.precisions=[small_weights,int8_weights]",
    "quantization.weight_compression={small_weights: {mode: int8_sym}}",
    "quantization.dynamic_quantization_group_size=32",
]


def constants(model: ov.Model) -> set[str]:
    return {
        op.output(0).get_element_type().to_string()
        for op in model.get_ops()
        if op.get_type_name() == "Constant"
    }


def test_weights_alone_are_compressed_within_the_budget(make_job):
    job = make_job()
    report = run(load_config(job, overrides=[*ALONE, "budget.max_drop=0.05"]))
    model = read_model(job.parent / "out" / "model.xml")
    assert report.verdict.passed
    assert {group.precision for group in report.groups} == {"int8_weights"}
    assert "u8" in constants(model)
    assert not any(op.get_type_name() == "FakeQuantize" for op in model.get_ops())
    sizes = [(job.parent / name).stat().st_size for name in ("out/model.bin", "model.bin")]
    assert sizes[0] < 0.5 * sizes[1]
    assert phrases.plain(report) == "plain int8_weights"
    assert phrases.layers(report) == "4 of 4 groups in int8_weights"


@pytest.mark.parametrize(("overrides", "size"), [(ALONE, 0), (OWN, 32)])
def test_the_plugin_is_reported_what_was_measured(make_job, overrides, size):
    job = make_job()
    run(load_config(job, overrides=overrides))
    model = read_model(job.parent / "out" / "model.xml")
    certificate = certificate_of(model)
    assert group_size_of(model) == size
    compiled = ov.Core().compile_model(model, "CPU")
    assert int(compiled.get_property("DYNAMIC_QUANTIZATION_GROUP_SIZE")) == size
    assert certificate is not None
    assert is_intact(model, certificate)
    # Who changes the option has another model than the one that was judged.
    model.set_rt_info("128", ["runtime_options", "DYNAMIC_QUANTIZATION_GROUP_SIZE"])
    assert not is_intact(model, certificate)


def test_beside_int8_each_group_has_what_is_cheapest_within_the_budget(make_job):
    report = run(
        load_config(
            make_job(), overrides=[*INT8_FIRST, "search.recipes=default", "budget.max_drop=0.02"]
        )
    )
    offered = [set(group.microseconds) for group in report.groups]
    assert {"fp32", "int8", "int8_weights"} in offered
    spoilt = next(group for group in report.groups if "conv1" in group.operations)
    assert spoilt.precision == "int8_weights"
    assert report.verdict.passed
    assert report.front


def test_a_run_goes_on_from_what_it_made(make_job):
    job = make_job()
    first = run(load_config(job, overrides=ALONE))
    (job.parent / "out" / "model.xml").unlink()
    again = run(load_config(job, overrides=ALONE))
    assert again.groups == first.groups


def test_each_group_is_analyzed_at_what_it_is_offered(make_job, capsys):
    assert command(["analyze", str(make_job()), "--set", ALONE[0]]) == 0
    assert "4 groups" in capsys.readouterr().out
