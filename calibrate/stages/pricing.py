"""What groups cost by themselves: time or bytes, and saturating products."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import openvino as ov

from calibrate.contracts.candidate import FP32, Candidate, Group
from calibrate.contracts.trial import Prices
from calibrate.evaluate.profile import Executed
from calibrate.quantize.saturation import count, layers
from calibrate.search.attribution import byte_prices, checkerboards, neighbours, time_prices
from calibrate.stages.ground import Ground

_SATURATION_INFERENCES = 4


@dataclass(frozen=True, slots=True)
class Pricing:
    """The groups of a model at FP32 and at the INT8 that they are offered.

    Attributes:
        ground: for real inputs and the ledger.
        groups: in network order, each with its INT8 first among its precisions.
        compose: makes the model of a candidate.
    """

    ground: Ground
    groups: Sequence[Group]
    compose: Callable[[Candidate], ov.Model]

    def prices(self) -> Prices:
        """Microseconds of each group and boundary, or bytes of each group for `size`."""
        if self.ground.resolved.config.search.objective == "size":
            operations = self.ground.prepared.model.get_ops()
            return byte_prices(
                self.groups, _weight_counts({op.get_friendly_name(): op for op in operations})
            )
        self.ground.progress.stage("Profiling layers")
        offered = self.groups[0].precisions[0]
        uniform = {p: self._profiled(Candidate.uniform(self.groups, p)) for p in (FP32, offered)}
        edges = neighbours(self.groups, uniform[FP32])
        mixed = {c: self._profiled(c) for c in checkerboards(self.groups, edges, offered)}
        return time_prices(self.groups, uniform, mixed, edges)

    def saturation(self, quantized: ov.Model) -> dict[str, float]:
        """Share of pair sums that overflow without VNNI, by operation, on calibration images.

        Args:
            quantized: the INT8 that is offered, FakeQuantize in front of FP32 weights.
        """
        ground = self.ground
        batch = ground.plans[0].batch
        few = ground.images.calibration[: _SATURATION_INFERENCES * batch]
        feeds = [
            ground.images.tensors.feed(few[start : start + batch], batch)
            for start in range(0, len(few), batch)
        ]
        ground.costs.spend(compilations=1, inferences=len(feeds))
        return {layer.name: count(layer).does for layer in layers(quantized, feeds)}

    def _profiled(self, candidate: Candidate) -> tuple[Executed, ...]:
        ground = self.ground
        return ground.memory.profile(self.compose(candidate), ground.images.tensors, ground.costs)


def _weight_counts(operations: Mapping[str, ov.Node]) -> dict[str, int]:
    """Elements of the constants that feed each operation directly."""
    return {
        name: sum(
            int(port.get_node().data.size)
            for port in op.input_values()
            if port.get_node().get_type_name() == "Constant"
        )
        for name, op in operations.items()
    }
