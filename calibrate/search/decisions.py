"""Every judgement of a candidate in the order of the run, for the terminal and the report."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from calibrate.core.precision import Candidate


@dataclass(frozen=True, slots=True)
class Decision:
    """A judgement of one candidate.

    Attributes:
        candidate: which precisions.
        judged_on: `search` images, whose labels choose, or `acceptance` images, which decide.
        images: number of images that the decision rests on.
        divergence: mean divergence from FP32 on these images.
        drops: drop of each metric, as estimated on these images.
        budgets: largest drop of each metric that was allowed.
        passed: whether the search proposes it, or the acceptance images accept it.
        most_divergence: the largest divergence that the search allowed; infinite without a limit.
        refused_by: targets whose CPU refuses it; empty where only this CPU does.
    """

    candidate: Candidate
    judged_on: Literal["search", "acceptance"]
    images: int
    divergence: float
    drops: tuple[float, ...]
    budgets: tuple[float, ...]
    passed: bool
    most_divergence: float = float("inf")
    refused_by: tuple[str, ...] = ()

    def reason(self, labels: Sequence[str]) -> str:
        """Return why the candidate passed or not, as a sentence without numbers.

        Args:
            labels: of the metrics.
        """
        if self.judged_on == "acceptance":
            return self._acceptance_reason(labels)
        if self.passed:
            return "Expected within the target."
        if over := self._over(labels):
            return f"The drop of {over} is over the target."
        if self.divergence > self.most_divergence:
            return "It diverges more than is allowed after a refusal by the acceptance samples."
        return "Expected over the target, by the drop model of all candidates so far."

    def _acceptance_reason(self, labels: Sequence[str]) -> str:
        if self.passed:
            return "Every drop is accepted under the rule of `budget.accept`."
        if self.refused_by:
            return f"Refused for {', '.join(self.refused_by)}."
        if over := self._over(labels):
            return f"The estimated drop of {over} is over the budget."
        return "The interval, the counted drop or an output that is not finite refuses it."

    def _over(self, labels: Sequence[str]) -> str:
        over = [
            label
            for label, drop, budget in zip(labels, self.drops, self.budgets, strict=True)
            if drop > budget
        ]
        return ", ".join(over)


@dataclass(slots=True)
class DecisionLog:
    """The decisions of a run; `add` appends to them.

    Attributes:
        decisions: decisions in order.
    """

    decisions: list[Decision] = field(default_factory=list)

    def add(self, decision: Decision) -> int:
        """Add a decision and return the number of its candidate."""
        self.decisions.append(decision)
        return self.number(decision.candidate)

    def number(self, candidate: Candidate) -> int:
        """Return the number of a candidate, by first appearance, from 1."""
        order = dict.fromkeys(decision.candidate for decision in self.decisions)
        return list(order).index(candidate) + 1
