"""Where models are timed: in this process, or on another machine that the config names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import openvino as ov

from calibrate.core.costs import Costs
from calibrate.core.precision import ComputeType
from calibrate.core.tensors import Tensors
from calibrate.runtime.benchmark import Comparison, Settings, compare
from calibrate.runtime.machine_load import Conditions, LoadMeter
from calibrate.runtime.profiling import Executed, profile_together
from calibrate.runtime.timing_effort import Effort

Profiles = tuple[list[tuple[Executed, ...]], Conditions]
"""The executed nodes of each model, and the conditions under which they were timed."""


@dataclass(frozen=True, slots=True)
class TimingMachine:
    """Another machine, on which models are timed.

    Attributes:
        worker: label of the worker there.
        host: name of the machine.
        cpu: model of its CPU.
        cores: number that the worker may use.
    """

    worker: str
    host: str
    cpu: str
    cores: int

    @property
    def facts(self) -> dict[str, str]:
        """What times depend on besides the model and the arithmetic."""
        cores = str(self.cores)
        return {"timing host": self.host, "timing cpu": self.cpu, "timing cores": cores}


class Timer(Protocol):
    """Times models while nothing else runs on the machine that times."""

    @property
    def machine(self) -> TimingMachine | None:
        """The machine that times; None for this one."""
        ...

    def compare(
        self,
        models: Mapping[str, ov.Model],
        tensors: Tensors,
        costs: Costs,
        *,
        effort: Effort,
        settings: Settings,
    ) -> Comparison:
        """See `benchmark.compare`."""
        ...

    def profiles(
        self, models: Sequence[ov.Model], tensors: Tensors, costs: Costs, compute_type: ComputeType
    ) -> Profiles:
        """See `profiling.profile_together`."""
        ...


class ThisMachine:
    """Times in this process."""

    machine: TimingMachine | None = None

    def compare(
        self,
        models: Mapping[str, ov.Model],
        tensors: Tensors,
        costs: Costs,
        *,
        effort: Effort,
        settings: Settings,
    ) -> Comparison:
        """See `Timer.compare`."""
        return compare(models, tensors, costs, effort=effort, settings=settings)

    def profiles(
        self, models: Sequence[ov.Model], tensors: Tensors, costs: Costs, compute_type: ComputeType
    ) -> Profiles:
        """See `Timer.profiles`."""
        meter = LoadMeter()
        profiled = profile_together(models, tensors, costs, compute_type=compute_type)
        return profiled, meter.read([1.0])
