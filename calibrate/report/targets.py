"""The results for further target CPUs, as text for every format."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from calibrate.report import numbers
from calibrate.report.outcomes import STYLES, OutcomeStyle
from calibrate.report.schema import Report
from calibrate.report.verdict_section import TargetFacts

_HOW: Mapping[str, str] = {
    "here": "this CPU",
    "limited": "native, limited to that instruction set",
    "worker": "native, on a worker with that instruction set",
    "simulated": "simulated",
}


class OnCpu(NamedTuple):
    """One metric for one target, as text.

    Attributes:
        target: as in the config.
        how: how the target was run.
        label: of the metric.
        drop: as counted, `0.40 points`.
        interval: of the counted drop, `-0.3 to 1.1`; empty for the floating-point model.
        estimated: the drop that `accept: estimate` uses; empty where nothing is estimated.
        style: of the outcome.
        passed: whether it was accepted.
    """

    target: str
    how: str
    label: str
    drop: str
    interval: str
    estimated: str
    style: OutcomeStyle
    passed: bool

    @property
    def sentence(self) -> str:
        """One line on the outcome, without the names of target and metric."""
        if not self.interval:
            return f"{self.style.symbol} {self.style.name}: drop {self.drop}"
        text = f"drop {self.drop} counted (interval {self.interval})"
        if self.estimated != self.drop:
            text += f", {self.estimated} estimated"
        return f"{self.style.symbol} {self.style.name}: {text}"


def on_cpus(report: Report) -> Iterator[OnCpu]:
    """Yield every metric for every target, in the config's order."""
    for facts in report.verdict.targets:
        for label, score in facts.metrics.items():
            unit = report.metrics[label].unit if label in report.metrics else ""
            low, high = score.interval
            yield OnCpu(
                target=facts.target,
                how=how(facts),
                label=label,
                drop=numbers.visible_drop(score.drop, unit),
                interval=numbers.interval(score.interval, unit) if low != high else "",
                estimated=numbers.visible_drop(score.estimate, unit) if low != high else "",
                style=STYLES[score.outcome],
                passed=score.passed,
            )


def how(facts: TargetFacts) -> str:
    """Say how a target was run."""
    return _HOW[facts.how]


def refusing(report: Report) -> list[str]:
    """Return the targets that refuse the model: `sse41 (native, ...)`."""
    return [
        f"{facts.target} ({how(facts)})" for facts in report.verdict.targets if not facts.passed
    ]
