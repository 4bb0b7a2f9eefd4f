"""What a run spent: compilations, inferences and seconds, by stage."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

FLOOR = ("decode", "fp32", "calibration", "int8", "timing")
"""Stages that no run can do without: each image decoded and inferred in FP32 once, one
calibration, one INT8 pass, and the timing of the result."""


@dataclass(slots=True)
class Spent:
    """What one stage spent so far."""

    seconds: float = 0.0
    compilations: int = 0
    inferences: int = 0


@dataclass(slots=True)
class Costs:
    """The ledger of one run; counted where it is spent, under the stage that is under way.

    Threads may spend at once; stages begin and end in one.

    Attributes:
        clock: seconds, monotonic.
        stages: by name, in the order of their beginning.
    """

    clock: Callable[[], float]
    stages: dict[str, Spent] = field(default_factory=dict)
    _under_way: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    @contextmanager
    def stage(self, name: str) -> Iterator[Spent]:
        """Count what is spent inside under `name`; an inner stage counts for itself alone."""
        spent = self.stages.setdefault(name, Spent())
        outer = self.stages[self._under_way[-1]] if self._under_way else None
        self._under_way.append(name)
        begun = self.clock()
        try:
            yield spent
        finally:
            took = self.clock() - begun
            spent.seconds += took
            if outer is not None:
                outer.seconds -= took
            self._under_way.pop()

    def spend(self, *, compilations: int = 0, inferences: int = 0) -> None:
        """Count what was just spent."""
        spent = self.stages.setdefault(self._under_way[-1] if self._under_way else "other", Spent())
        with self._lock:
            spent.compilations += compilations
            spent.inferences += inferences

    def recall(self, spent: Spent) -> None:
        """Count what an earlier sitting spent on what is now taken from its journal."""
        own = self.stages.setdefault(self._under_way[-1] if self._under_way else "other", Spent())
        own.seconds += spent.seconds
        self.spend(compilations=spent.compilations, inferences=spent.inferences)

    @property
    def total(self) -> Spent:
        """The sum over all stages."""
        stages = self.stages.values()
        return Spent(
            sum(spent.seconds for spent in stages),
            sum(spent.compilations for spent in stages),
            sum(spent.inferences for spent in stages),
        )
