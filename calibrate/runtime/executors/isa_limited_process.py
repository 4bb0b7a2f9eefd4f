"""Evaluation in a process whose CPU plugin is limited to an instruction set; judges run here."""

from concurrent.futures import Future

from calibrate.core.precision import ComputeType
from calibrate.runtime.executors.base import Catalog, EvaluationRequest, completed
from calibrate.runtime.executors.this_process import evaluated
from calibrate.runtime.isa_limited import IsaLimitedNetwork


class IsaLimitedProcess:
    """Runs each request in a child process, under a limit that OpenVINO reads at its start.

    Args:
        catalog: the models, samples and judges that requests may name.
        instruction_set: oneDNN's name, not above this CPU's instruction set.
        compute_type: the type that floating point is computed in.
    """

    def __init__(
        self, catalog: Catalog, instruction_set: str, compute_type: ComputeType = "f32"
    ) -> None:
        self._catalog = catalog
        self._instruction_set = instruction_set
        self._compute_type = compute_type

    def submit(self, request: EvaluationRequest) -> "Future[tuple[object, ...]]":
        """See `Executor.submit`; the future is done when this returns."""
        return completed(lambda: evaluated(self._catalog, request, self._network(request)))

    def _network(self, request: EvaluationRequest) -> IsaLimitedNetwork:
        model = self._catalog.model(request)
        return IsaLimitedNetwork(
            model, self._instruction_set, self._catalog.costs, self._compute_type
        )
