import math

import pytest
from pydantic import ValidationError

from calibrate.report.schema import Report


def test_json_form_reads_back_equal(make):
    report = make()
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_hostile_names_can_be_written(hostile_report):
    again = Report.model_validate_json(hostile_report.model_dump_json())
    assert again == hostile_report
    assert "byte \\xff" in again.model.name


def test_numbers_that_json_does_not_have(make, metric_of):
    endless = metric_of()
    endless["int8"]["search"]["interval"] = [-math.inf, math.nan]
    text = make(metrics={"m": endless}).model_dump_json()
    assert '["-Infinity","NaN"]' in text
    low, high = Report.model_validate_json(text).metrics["m"].int8["search"].interval or (0, 0)
    assert low == -math.inf
    assert math.isnan(high)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"performance": {}}, "performance needs fp32, int8, result"),
        ({"version": 3}, "Input should be 2"),
        ({"more": 1}, "Extra inputs are not permitted"),
        ({"groups": [{}]}, "Field required"),
    ],
)
def test_refuses_what_no_form_could_show(make, change, message):
    with pytest.raises(ValidationError, match=message):
        make(**change)


def test_refuses_a_metric_without_one_of_the_sets(make, metric_of):
    half = metric_of()
    del half["result"]["acceptance"]
    with pytest.raises(ValidationError, match=r"metrics\.m\.result needs search and acceptance"):
        make(metrics={"m": half})


def test_refuses_a_thumbnail_that_is_no_base64(make, change_of):
    with pytest.raises(ValidationError, match="thumbnail"):
        make(changes=[change_of(0, 1, 2, thumbnail='x" onload="alert(1)')])


@pytest.mark.parametrize(("precision", "expected"), [("int8", True), ("bf16", False)])
def test_a_reduced_float_is_no_quantization(make, group_of, precision, expected):
    kinds = {
        "int8": {"title": "INT8", "weight_bits": 8, "activation_bits": 8, "compute_type": "i8"},
        "bf16": {"title": "BF16", "weight_bits": 16, "activation_bits": 16, "compute_type": "bf16"},
    }
    report = make(groups=[group_of(1, precision)], precisions=kinds)
    assert report.is_quantized is expected
