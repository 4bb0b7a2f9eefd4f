"""Models and judges in a form that another machine can rebuild from files and small pickles."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import openvino as ov
from numpy.typing import NDArray

from calibrate.core.component import Outputs
from calibrate.core.costs import Costs
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.runtime.executors.base import Judge


class FileMissing(CalibrateError):
    """A worker lacks a file of a job that it once had; it has to be sent again."""


Build = Callable[[Mapping[str, ov.Model], Costs], ov.Model]
"""Builds a model from its parts by name; compilations that it needs are counted. Picklable."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """A model that is built from few large parts, which many models share.

    Attributes:
        build: builds the model from the parts.
        parts: models by name, which do not change.
        costs: where compilations are counted.
    """

    build: Build
    parts: Mapping[str, ov.Model]
    costs: Costs

    def __call__(self) -> ov.Model:
        """Build the model in this process."""
        return self.build(self.parts, self.costs)


@dataclass(frozen=True, slots=True)
class PortableJudge:
    """A judge that is built from the data of the samples that it judges.

    Attributes:
        build: returns a judge of samples from their data by index. Picklable.
        sample_data: returns the data of a sample, by its index. Picklable.
    """

    build: Callable[[Mapping[int, Any]], Judge]
    sample_data: Callable[[int], Any]

    def __call__(self, index: int, outputs: Outputs) -> object:
        """Judge a sample in this process."""
        return self.build({index: self.sample_data(index)})(index, outputs)


@dataclass(frozen=True, slots=True)
class EvaluationJob:
    """An `EvaluationRequest` whose model, judge and samples are digests of files.

    Attributes:
        model: digest of the pickled `Build`.
        parts: digests of `.xml` and `.bin` of each part, by the part's name.
        judge: digest of the pickled `Judge`, or of the `build` of a `PortableJudge`.
        is_portable: whether it is the latter.
        samples: digests of the pickled `SampleFile`s.
        properties: of the CPU plugin.
    """

    model: str
    parts: Mapping[str, tuple[str, str]]
    judge: str
    is_portable: bool
    samples: tuple[str, ...]
    properties: Mapping[str, Any]

    @property
    def files(self) -> tuple[str, ...]:
        """The digests of all files that the job reads."""
        parts = (digest for pair in self.parts.values() for digest in pair)
        return tuple(dict.fromkeys((self.model, *parts, self.judge, *self.samples)))


@dataclass(frozen=True, slots=True)
class SampleFile:
    """One sample as it is sent to a worker.

    Attributes:
        index: among the client's samples; the judge is called with it.
        inputs: the sample's row of each input.
        facts: of the sample.
        digest: of its decoded content.
        data: what a `PortableJudge` needs of it, else None.
        batch_axes: as in `Tensors`.
    """

    index: int
    inputs: tuple[NDArray[Any], ...]
    facts: Facts
    digest: str
    data: Any
    batch_axes: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class EvaluationAnswer:
    """The answer to an `EvaluationJob`.

    Attributes:
        answers: of the judge, in the order of the samples.
        compilations: made for it.
        inferences: made for it.
        seconds: wall clock on the worker.
        cpu_seconds: processor time of the worker's process.
    """

    answers: tuple[object, ...]
    compilations: int
    inferences: int
    seconds: float
    cpu_seconds: float
