"""The function that times models on a worker of a cluster, alone on its machine."""

import pickle
import time
from collections.abc import Mapping
from dataclasses import dataclass

import openvino as ov

from calibrate.core.costs import Costs
from calibrate.core.precision import ComputeType
from calibrate.core.temporary import temporary_folder
from calibrate.core.tensors import Tensors
from calibrate.models.read import read_model
from calibrate.runtime.benchmark import Comparison, Settings
from calibrate.runtime.executors.portable import FileMissing
from calibrate.runtime.executors.worker_folder import blobs, machine_timing_lock
from calibrate.runtime.timer import Profiles, ThisMachine
from calibrate.runtime.timing_effort import Effort
from calibrate.runtime.timing_lock import TimingLock


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Time models side by side; see `Timer.compare`."""

    effort: Effort
    settings: Settings

    def __call__(self, models: Mapping[str, ov.Model], tensors: Tensors, costs: Costs) -> object:
        """Return a `Comparison`."""
        return ThisMachine().compare(
            models, tensors, costs, effort=self.effort, settings=self.settings
        )


@dataclass(frozen=True, slots=True)
class NodeByNode:
    """Time the nodes of models; see `Timer.profiles`."""

    compute_type: ComputeType

    def __call__(self, models: Mapping[str, ov.Model], tensors: Tensors, costs: Costs) -> object:
        """Return `Profiles`."""
        return ThisMachine().profiles(list(models.values()), tensors, costs, self.compute_type)


@dataclass(frozen=True, slots=True)
class TimingJob:
    """Models to time, as digests of files.

    Attributes:
        models: digests of `.xml` and `.bin`, by the model's name.
        tensors: digest of the pickled `Tensors`, which are in memory.
        measure: what to measure of them.
    """

    models: Mapping[str, tuple[str, str]]
    tensors: str
    measure: SideBySide | NodeByNode

    @property
    def files(self) -> tuple[str, ...]:
        """The digests of all files that the job reads."""
        parts = (digest for pair in self.models.values() for digest in pair)
        return tuple(dict.fromkeys((*parts, self.tensors)))


@dataclass(frozen=True, slots=True)
class TimingAnswer:
    """The answer to a `TimingJob`.

    Attributes:
        result: what was measured.
        compilations: made for it.
        inferences: made for it.
        waited: seconds until the other work of the machine had paused.
    """

    result: Comparison | Profiles
    compilations: int
    inferences: int
    waited: float


def time_models(job: TimingJob) -> TimingAnswer:
    """Time models while all other work of this user on this machine pauses.

    Raises:
        FileMissing: a file was removed from the store meanwhile.
        OSError: the disk of this machine is full.
        CalibrateError: a model cannot be read.
    """
    costs = Costs(time.monotonic)
    with temporary_folder() as folder:
        try:
            tensors = pickle.loads(blobs().read(job.tensors))  # noqa: S301  # executes code anyway
            models = {}
            for number, (name, (xml, weights)) in enumerate(job.models.items()):
                blobs().place(xml, folder / f"{number}.xml")
                blobs().place(weights, folder / f"{number}.bin")
                models[name] = read_model(folder / f"{number}.xml")
        except KeyError as error:
            raise FileMissing(f"the file {error.args[0]} is missing") from error
        with TimingLock(machine_timing_lock()) as lock, lock.alone():
            result = job.measure(models, tensors, costs)
    total = costs.total
    return TimingAnswer(result, total.compilations, total.inferences, lock.waited)  # type: ignore[arg-type]  # by `measure`
