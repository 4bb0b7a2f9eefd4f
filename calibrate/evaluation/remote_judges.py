"""The judges and models that evaluation sends to other machines."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import openvino as ov

from calibrate.core.component import Outputs
from calibrate.core.costs import Costs
from calibrate.core.observation import Observation
from calibrate.core.precision import Candidate
from calibrate.evaluation.observe import observe_sample, sample_divergence
from calibrate.evaluation.reference import Reference, SampleReference, Task
from calibrate.runtime.executors.base import Judge
from calibrate.runtime.executors.portable import Assembly, Build, PortableJudge

OBSERVES, DIVERGES, OUTPUTS = "observation", "divergence", "outputs"
"""Names of the judges."""

Assemble = Callable[[Candidate, Costs], Assembly | None]
"""Returns a candidate's model in parts; None if it can only be evaluated in this process."""


@dataclass(frozen=True, slots=True)
class Observes:
    """Builds judges that return the `Observation` of a sample."""

    task: Task

    def __call__(self, samples: Mapping[int, SampleReference]) -> Judge:
        """Return a judge of these samples."""

        def judge(index: int, outputs: Outputs) -> Observation:
            return observe_sample(self.task, samples[index], index, outputs)

        return judge


@dataclass(frozen=True, slots=True)
class Diverges:
    """Builds judges that return the divergence of a sample from FP32."""

    task: Task

    def __call__(self, samples: Mapping[int, SampleReference]) -> Judge:
        """Return a judge of these samples."""

        def judge(index: int, outputs: Outputs) -> float:
            return sample_divergence(self.task, samples[index], outputs)

        return judge


@dataclass(frozen=True, slots=True)
class Watched:
    """Builds a model with all outputs that the task's decoder reads."""

    build: Build
    task: Task

    def __call__(self, parts: Mapping[str, ov.Model], costs: Costs) -> ov.Model:
        """Build the model."""
        return self.task.watched(self.build(parts, costs))


def watched_parts(assemble: Assemble, task: Task) -> Assemble:
    """Return a function that adds the outputs that a task's decoder reads."""

    def assembled(candidate: Candidate, costs: Costs) -> Assembly | None:
        assembly = assemble(candidate, costs)
        if assembly is None:
            return None
        return Assembly(Watched(assembly.build, task), assembly.parts, assembly.costs)

    return assembled


def digest_outputs(index: int, outputs: Outputs) -> str:
    """Return the digest of a sample's outputs, bit by bit."""
    del index
    joined = hashlib.sha256()
    for name, values in sorted(outputs.items()):
        joined.update(f"{name}|{values.dtype}|{values.shape}|".encode())
        joined.update(np.ascontiguousarray(values).tobytes())
    return joined.hexdigest()


def judges_of(reference: Reference) -> dict[str, Judge]:
    """Return the judges by name."""
    return {
        OBSERVES: PortableJudge(Observes(reference.judge), reference.of),
        DIVERGES: PortableJudge(Diverges(reference.judge), reference.of),
        OUTPUTS: digest_outputs,
    }
