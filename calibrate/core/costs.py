"""The cost ledger of a run: compilations, inferences and seconds, by stage."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock

from calibrate.core.stage import Stage


@dataclass(slots=True)
class Spent:
    """The cost of one stage so far."""

    seconds: float = 0.0
    compilations: int = 0
    inferences: int = 0

    @classmethod
    def evaluations(cls, models: int, images: int) -> "Spent":
        """Return the compilations and inferences of models on as many images each, untimed."""
        return cls(0.0, models, models * images)

    def __add__(self, other: "Spent") -> "Spent":
        """Return the sum of two costs."""
        return Spent(
            self.seconds + other.seconds,
            self.compilations + other.compilations,
            self.inferences + other.inferences,
        )


@dataclass(slots=True)
class Costs:
    """The ledger of one run; costs count for the current stage.

    Several threads may spend at once; stages begin and end in one thread.

    Attributes:
        clock: seconds, monotonic.
        stages: by name, in the order of their start.
        compile_seconds: of each compilation that was timed.
    """

    clock: Callable[[], float]
    stages: dict[Stage, Spent] = field(default_factory=dict)
    compile_seconds: list[float] = field(default_factory=list)
    _under_way: list[Stage] = field(default_factory=list)
    _begun: list[float] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    @property
    def _current(self) -> Stage:
        """The stage that costs count for now."""
        return self._under_way[-1] if self._under_way else Stage.OTHER

    @contextmanager
    def stage(self, name: Stage) -> Iterator[Spent]:
        """Count the cost of the block under `name`, without that of inner stages."""
        spent = self.stages.setdefault(name, Spent())
        outer = self.stages[self._under_way[-1]] if self._under_way else None
        self._under_way.append(name)
        start = self.clock()
        self._begun.append(start)
        try:
            yield spent
        finally:
            elapsed = self.clock() - start
            spent.seconds += elapsed
            if outer is not None:
                outer.seconds -= elapsed
            self._under_way.pop()
            self._begun.pop()

    def so_far(self, name: Stage) -> Spent:
        """Return a copy of what a stage has cost up to now, also while it is under way."""
        spent = replace(self.stages.get(name, Spent()))
        if self._under_way and self._under_way[-1] == name:
            spent.seconds += self.clock() - self._begun[-1]
        return spent

    def spend(self, *, compilations: int = 0, inferences: int = 0) -> None:
        """Count a cost for the current stage."""
        spent = self.stages.setdefault(self._current, Spent())
        with self._lock:
            spent.compilations += compilations
            spent.inferences += inferences

    def recall(self, spent: Spent) -> None:
        """Count the cost of an earlier run's measurement that is taken from the journal."""
        current = self.stages.setdefault(self._current, Spent())
        current.seconds += spent.seconds
        self.spend(compilations=spent.compilations, inferences=spent.inferences)

    @property
    def total(self) -> Spent:
        """The sum over all stages."""
        return sum(self.stages.values(), Spent())
