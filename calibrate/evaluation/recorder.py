"""Record measurements and their cost in the journal while they are made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

from calibrate.core.costs import Costs, Spent
from calibrate.core.observation import Observation
from calibrate.evaluation.serialization import of_observation, to_observation
from calibrate.store.base import Content, ScopedJournal

_OFTEN = 2.0
"""Seconds between two records of a long observation: the most that a crash can cost."""


class CostMeter:
    """Measures the cost since its creation, for a record's `cost`."""

    def __init__(self, costs: Costs) -> None:
        self._costs = costs
        self._begun = costs.clock()
        self._before = costs.total

    def read(self) -> Mapping[str, Any]:
        """Return seconds, compilations and inferences since then, as a record's `cost`."""
        return asdict(self.spent())

    def spent(self) -> Spent:
        """Return seconds, compilations and inferences since then."""
        total = self._costs.total
        return Spent(
            self._costs.clock() - self._begun,
            total.compilations - self._before.compilations,
            total.inferences - self._before.inferences,
        )


class ObservationRecorder:
    """Records a growing observation every few seconds.

    Args:
        journal: journal of the model that is observed.
        costs: the ledger; the records' cost counts from the creation of the recorder.
        more: returns further content to record of samples.
    """

    def __init__(
        self,
        journal: ScopedJournal,
        costs: Costs,
        more: Callable[[Sequence[int]], Content] = lambda _: {},
    ) -> None:
        self._journal = journal
        self._costs = costs
        self._more = more
        self._meter = CostMeter(costs)
        self._begun = costs.clock()
        self._observation = Observation()
        self._complete = 0
        self._recorded = 0

    def look(self, observation: Observation) -> bool:
        """Note that every sample in `observation` is complete; record new ones every few seconds.

        Returns:
            False, so that it can serve as a `stop` callback that never stops.
        """
        self._observation, self._complete = observation, len(observation.evidence)
        if self._costs.clock() - self._begun >= _OFTEN:
            self.finish()
        return False

    def finish(self) -> None:
        """Record the new samples; an interrupted one is left out."""
        fresh = list(islice(self._observation.evidence, self._recorded, self._complete))
        if not fresh:
            return
        cost = self._meter.read()
        content = {**of_observation(self._observation, fresh), **self._more(fresh), "cost": cost}
        self._journal.record("observation", {}, content)
        self._recorded = self._complete
        self._meter = CostMeter(self._costs)
        self._begun = self._costs.clock()


class RecordedObservation:
    """An observation from the journal.

    Args:
        content: content of the record.

    Attributes:
        observation: observation of the samples of the record.
        cost: cost of measuring them; 0 once it was counted.
    """

    def __init__(self, content: Content) -> None:
        self.observation = to_observation(content)
        self.cost = Spent(**content["cost"])
