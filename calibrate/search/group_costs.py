"""Measure the groups' costs, in time or bytes, and their saturating products."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

import openvino as ov

from calibrate.context.run_context import RunContext
from calibrate.core.costs import Spent
from calibrate.core.evaluator import GroupCosts
from calibrate.core.precision import FP32, Candidate, ComputeType, Group, Precision
from calibrate.core.subset_sizes import SATURATION_INFERENCES
from calibrate.models.inputs import batch_of
from calibrate.quantization.saturation import count, layers
from calibrate.quantization.weight_compression import weight_bytes
from calibrate.runtime.profiling import INFERENCES, WARM_UP, Executed, executed_nodes
from calibrate.search.cost_attribution import Edge, attribute_costs, checkerboards, neighbours


@dataclass(frozen=True, slots=True)
class GroupProfiler:
    """Profiles the groups of a model at every precision that they are offered.

    Attributes:
        context: run context, for real inputs and the ledger.
        groups: groups in network order; INT8, if offered, is a group's first precision.
        compose: builds the model of a candidate.
    """

    context: RunContext
    groups: Sequence[Group]
    compose: Callable[[Candidate], ov.Model]

    def group_costs(self) -> GroupCosts:
        """Measure microseconds of groups and boundaries, or bytes of groups for `size`."""
        search = self.context.config.search
        if search.objective == "size":
            return self._bytes()
        self.context.progress.stage("Profiling layers")
        pure = [Candidate.uniform(self.groups, precision) for precision in self._precisions]
        models = {candidate: self.compose(candidate) for candidate in dict.fromkeys(pure)}
        by_type = {precision.compute_type: precision for precision in reversed(self._precisions)}
        mixtures: list[Candidate] = []
        edges: tuple[Edge, ...] = ()
        # If all groups compute in one type, nothing is converted between them.
        if len(by_type) > 1:
            deployed = self.context.baseline.compute_type
            nodes = executed_nodes(models[pure[0]], self.context.costs, deployed)
            edges = neighbours(self.groups, nodes)
            mixtures = [
                candidate
                for pair in combinations(by_type.values(), 2)
                for candidate in checkerboards(self.groups, edges, pair)
            ]
        models |= {candidate: self.compose(candidate) for candidate in mixtures}
        profiles = self._profiled([models[candidate] for candidate in (*pure, *mixtures)])
        uniform = dict(zip(self._precisions, profiles, strict=False))
        mixed = dict(zip(mixtures, profiles[len(pure) :], strict=True))
        return attribute_costs(self.groups, uniform, mixed, edges)

    @property
    def _precisions(self) -> tuple[Precision, ...]:
        """FP32, and all precisions that any group is offered."""
        offered = [name for group in self.groups for name in group.precisions]
        return tuple(dict.fromkeys((FP32, *offered)))

    def _bytes(self) -> GroupCosts:
        """Count the bytes stored for each group's operations, with scales and zero points."""
        stored = {
            precision: weight_bytes(self.compose(Candidate.uniform(self.groups, precision)))
            for precision in self._precisions
        }
        return GroupCosts(
            [
                {
                    precision: sum(stored[precision].get(name, 0.0) for name in group.operations)
                    for precision in group.precisions
                }
                for group in self.groups
            ],
            {},
        )

    def saturation(self, quantized: ov.Model) -> dict[str, float]:
        """Count the share of pair sums that overflow without VNNI, by operation.

        Counted on calibration images.

        Args:
            quantized: the INT8 that is offered, FakeQuantize in front of FP32 weights.
        """
        context = self.context
        batch = batch_of(context.baseline.plans)
        images = context.data.calibration[: SATURATION_INFERENCES * batch]
        feeds = [
            context.data.calibration_tensors.feed(images[start : start + batch], batch)
            for start in range(0, len(images), batch)
        ]
        context.costs.spend(compilations=1, inferences=len(feeds))
        return {layer.name: count(layer).does for layer in layers(quantized, feeds)}

    def _profiled(self, models: Sequence[ov.Model]) -> list[tuple[Executed, ...]]:
        """Return the models' executed nodes, timed in turn as deployed."""
        context = self.context
        return context.store.profiles(
            models,
            context.data.tensors,
            context.costs,
            compute_type=context.baseline.compute_type,
        )


def profile_cost(precisions: Collection[Precision], deployed: ComputeType) -> Spent:
    """Return the compilations and inferences of `GroupProfiler.group_costs`, without seconds.

    Where floating point is deployed as BF16 or FP16, each model with groups in FP32 is compiled
    once more, to find out which operations to pin.

    Args:
        precisions: precisions that the groups are profiled at, FP32 included.
        deployed: the floating point of the deployment.
    """
    types = {precision.compute_type for precision in precisions}
    pairs = len(types) * (len(types) - 1) // 2
    profiles = len(precisions) + 2 * pairs  # two checkerboards for each pair of types
    pinned = 0 if deployed == "f32" else 1 + 2 * (len(types) - 1)
    to_find_neighbours = 1 if pairs else 0
    return Spent(0.0, profiles + to_find_neighbours + pinned, profiles * (WARM_UP + INFERENCES))


def saturation_cost(calibration: int) -> Spent:
    """Return the compilations and inferences of `GroupProfiler.saturation`.

    Args:
        calibration: number of inputs of the calibration samples.
    """
    return Spent.evaluations(1, min(SATURATION_INFERENCES, calibration))


def first_offered(groups: Sequence[Group]) -> Precision:
    """Return the precision that groups are offered first: INT8, or else compressed weights."""
    return next(
        (group.precisions[0] for group in groups if group.quantizers), groups[0].precisions[0]
    )


def renamed_costs(costs: GroupCosts, former: Precision, precision: Precision) -> GroupCosts:
    """Return the costs with one precision replaced by another."""
    groups = [
        {precision if offered == former else offered: cost for offered, cost in group.items()}
        for group in costs.groups
    ]
    return GroupCosts(groups, costs.boundaries)
