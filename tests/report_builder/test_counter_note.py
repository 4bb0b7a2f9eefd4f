import json
from pathlib import Path

import pytest

from calibrate.report.schema import Report
from calibrate.report_builder.counter_note import counter_note

SAMPLE = Path(__file__).parents[1] / "report" / "sample.json"


@pytest.mark.parametrize(
    ("latency", "objective", "begins"),
    [
        (0.1, "latency", "The times of the layers are not reliable: they add up to 0.600 ms in"),
        (0.3, "latency", ""),
        (6.0, "latency", ""),
        (0.1, "size", ""),
    ],
)
def test_counters_far_above_the_latency_are_not_reliable(latency, objective, begins):
    content = json.loads(SAMPLE.read_text())
    content["performance"]["fp32"]["latency_ms"] = latency
    content["config"]["search"] = {"objective": objective}
    content["graph"] = None
    content["groups"] = [
        {**content["groups"][0], "microseconds": {"fp32": time, "int8": 1.0}}
        for time in (200.0, 400.0)
    ]
    text = counter_note(Report.model_validate(content))
    assert text.startswith(begins)
    assert bool(text) == bool(begins)
