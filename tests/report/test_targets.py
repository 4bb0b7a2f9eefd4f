import pytest

from calibrate.report.formats.files import files
from calibrate.report.targets import on_cpus, refusing


def target(name: str, how: str, *, passed: bool) -> dict[str, object]:
    score = {
        "drop": 0.004,
        "estimate": 0.004 if passed else 0.006,
        "interval": [-0.003, 0.011],
        "outcome": "accepted" if passed else "over",
        "interval_result": "undecided",
        "passed": passed,
    }
    facts = {"target": name, "instruction_set": name, "how": how, "passed": passed}
    return facts | {"metrics": {"m": score}}


@pytest.fixture
def report(make, metric_of):
    return make(
        metrics={"m": metric_of(0.004)},
        verdict__targets=[
            target("sse41", "limited", passed=False),
            target("avx512_vnni", "simulated", passed=True),
        ],
    )


def test_each_metric_for_each_target(report):
    result = list(on_cpus(report))
    assert [(entry.target, entry.label, entry.passed) for entry in result] == [
        ("sse41", "m", False),
        ("avx512_vnni", "m", True),
    ]
    assert result[0].sentence == (
        "✕ Over budget: drop 0.40 points counted (interval -0.3 to 1.1), 0.60 points estimated"
    )
    assert result[1].sentence == (
        "≈ Accepted, not proven: drop 0.40 points counted (interval -0.3 to 1.1)"
    )


def test_who_refuses(report):
    assert refusing(report) == ["sse41 (native, limited to that instruction set)"]


@pytest.mark.parametrize("form", ["json", "junit", "markdown", "html"])
def test_every_format_marks_a_simulated_target(report, form):
    (text,) = files(report, [form]).values()
    assert "simulated" in text
    assert "sse41" in text
