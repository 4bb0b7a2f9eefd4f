"""What a report says of other CPUs that the budget has to hold on."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from calibrate.report import numbers
from calibrate.report.schema import Report
from calibrate.report.verdict_section import TargetFacts

_HOW: Mapping[str, str] = {
    "here": "this CPU",
    "limited": "run for real, as that CPU",
    "simulated": "simulated",
}
_STATES: Mapping[str, str] = {
    "within": "the whole interval is within budget",
    "over": "the whole interval is over budget",
    "undecided": "the interval holds the budget",
}


class OnCpu(NamedTuple):
    """One metric for one target, in words.

    Attributes:
        target: the config's word.
        how: how it was tried.
        label: of the metric.
        drop: `lost 0.40 points`.
        interval: `0.3 gained to 1.1 lost`; empty for FP32, where nothing is estimated.
        state: what the interval says.
        passed: whether it was accepted.
    """

    target: str
    how: str
    label: str
    drop: str
    interval: str
    state: str
    passed: bool

    @property
    def told(self) -> str:
        """All but the target's and the metric's names, in one line."""
        between = f" (interval: {self.interval})" if self.interval else ""
        mark = "accepted" if self.passed else "NOT accepted"
        return f"{self.drop}{between}; {self.state}; {mark}"


def on_cpus(report: Report) -> Iterator[OnCpu]:
    """Every metric for every target, in the config's order."""
    for facts in report.verdict.targets:
        for label, found in facts.metrics.items():
            unit = report.metrics[label].unit if label in report.metrics else ""
            low, high = found.interval
            yield OnCpu(
                target=facts.target,
                how=how(facts),
                label=label,
                drop=numbers.lost(found.estimate, unit),
                interval=numbers.between(found.interval, unit) if low != high else "",
                state=_STATES[found.interval_result],
                passed=found.passed,
            )


def how(facts: TargetFacts) -> str:
    """How a target was tried."""
    return _HOW[facts.how]


def refusing(report: Report) -> list[str]:
    """Targets that refuse the model, with how they were tried: `sse41 (run for real, ...)`."""
    return [
        f"{facts.target} ({how(facts)})" for facts in report.verdict.targets if not facts.passed
    ]
