"""The measurements of a run's groups, which need no labels."""

from dataclasses import dataclass, field

from calibrate.core.evaluator import GroupCosts, Sensitivity
from calibrate.core.precision import FP32, Candidate, Group, Precision
from calibrate.search.pareto import Point
from calibrate.search.sensitivity import Sensitivities, predicted


@dataclass(slots=True)
class GroupMeasurements:
    """The measurements of groups; each is empty until it is made.

    Attributes:
        damages: sensitivities, by group and precision.
        group_costs: costs of the groups, and of the boundaries between them.
        points: the front between divergence and cost.
        saturation: share of pair sums that overflow without VNNI, by operation, for INT8.
    """

    damages: Sensitivities = field(default_factory=dict)
    group_costs: GroupCosts = field(default_factory=lambda: GroupCosts((), {}))
    points: tuple[Point, ...] = ()
    saturation: dict[str, float] = field(default_factory=dict)

    def damages_of(self, index: int, group: Group) -> dict[Precision, Sensitivity]:
        """Return the measured sensitivities of a group, by precision."""
        return {p: self.damages[index, p] for p in group.precisions if (index, p) in self.damages}

    def costs_of(self, index: int) -> dict[Precision, float]:
        """Return the costs of a group by precision; empty if they were not measured."""
        return dict(self.group_costs.groups[index]) if self.group_costs.groups else {}

    def saturation_of(self, group: Group) -> float | None:
        """Return the largest share among a group's operations; None if none was counted."""
        shares = [self.saturation[name] for name in group.operations if name in self.saturation]
        return max(shares, default=None)

    def predicted(self, candidate: Candidate) -> float:
        """Return the sum of the sensitivities if all of them were measured, else 0."""
        is_measured = all(
            precision == FP32 or (index, precision) in self.damages
            for index, precision in enumerate(candidate)
        )
        return predicted(self.damages, candidate) if is_measured else 0.0
