"""The interface between evaluation and execution: requests and executors that answer them.

A request is small and picklable. It names the model, the samples and the judge by digest; an
executor looks them up in its local `Catalog`.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

import openvino as ov

from calibrate.core.component import Outputs
from calibrate.core.costs import Costs
from calibrate.core.tensors import Tensors
from calibrate.errors import CalibrateError

Judge = Callable[[int, Outputs], object]
"""Evaluates one sample: takes its index and outputs `[...]` by name, without the batch.

The arrays are valid during the call only.
"""


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """Run a model over samples and evaluate each of them.

    Attributes:
        model: digest of the model.
        samples: names of the samples (`sample_name`), in the order of the answers.
        judge: digest of the decoder and the metrics.
    """

    model: str
    samples: tuple[str, ...]
    judge: str


class Executor(Protocol):
    """Answers requests."""

    def submit(self, request: EvaluationRequest) -> "Future[tuple[object, ...]]":
        """Evaluate a request, immediately or later.

        Returns:
            A future of the judge's results for each sample, in the request's order. It raises a
            `CalibrateError` if the request names an entry missing from the catalog or inference
            fails.
        """
        ...


@dataclass(frozen=True, slots=True)
class Catalog:
    """The models, samples and judges that requests may name.

    Attributes:
        models: functions that build a model, by its digest.
        tensors: the samples.
        judges: by digest.
        costs: where compilations and inferences are counted.
    """

    models: Mapping[str, Callable[[], ov.Model]]
    tensors: Tensors
    judges: Mapping[str, Judge]
    costs: Costs

    def source(self, request: EvaluationRequest) -> Callable[[], ov.Model]:
        """Return the function that builds the model that a request names.

        Raises:
            CalibrateError: the catalog has no such model.
        """
        if request.model not in self.models:
            raise CalibrateError(f"there is no model with the digest {request.model}")
        return self.models[request.model]

    def model(self, request: EvaluationRequest) -> ov.Model:
        """Return the model that a request names, built anew.

        Raises:
            CalibrateError: the catalog has no such model.
        """
        return self.source(request)()

    def judge(self, request: EvaluationRequest) -> Judge:
        """Return the judge that a request names.

        Raises:
            CalibrateError: the catalog has no such judge.
        """
        if request.judge not in self.judges:
            raise CalibrateError(f"there is no judge with the digest {request.judge}")
        return self.judges[request.judge]

    def indices(self, request: EvaluationRequest) -> tuple[int, ...]:
        """Return the indices of a request's samples among the tensors.

        Raises:
            CalibrateError: samples are missing; the message names all of them.
        """
        places = {sample_name(self.tensors, index): index for index in range(len(self.tensors))}
        missing = [name for name in request.samples if name not in places]
        if missing:
            raise CalibrateError(f"there are no samples {', '.join(missing)}")
        return tuple(places[name] for name in request.samples)


def sample_name(tensors: Tensors, index: int) -> str:
    """Return a sample's tensor digest and id: equal images may be annotated differently."""
    return f"{tensors.digests[index]}/{tensors.facts[index].id}"


def completed(work: Callable[[], tuple[object, ...]]) -> "Future[tuple[object, ...]]":
    """Do the work in the caller's thread; return its result or `CalibrateError` in a future."""
    future: Future[tuple[object, ...]] = Future()
    try:
        future.set_result(work())
    except CalibrateError as error:
        future.set_exception(error)
    return future
