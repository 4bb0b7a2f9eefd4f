"""What is measured goes to the journal while it is measured, with what it cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

from calibrate.core.costs import Costs, Spent
from calibrate.core.observation import Observation
from calibrate.evaluation.serialization import of_observation
from calibrate.store.base import Content, ScopedJournal

_OFTEN = 2.0
"""Seconds between two records of a long observation: the most that a crash can cost."""


class CostMeter:
    """What is spent from its making on, as a record's `cost`."""

    def __init__(self, costs: Costs) -> None:
        self._costs = costs
        self._begun = costs.clock()
        self._before = costs.total

    def read(self) -> Mapping[str, Any]:
        """Seconds, compilations and inferences since then."""
        total = self._costs.total
        spent = Spent(
            self._costs.clock() - self._begun,
            total.compilations - self._before.compilations,
            total.inferences - self._before.inferences,
        )
        return asdict(spent)


class ObservationRecorder:
    """Records a growing observation every few seconds.

    Args:
        journal: of the model that is observed.
        costs: the ledger; what is spent from the making of the keeper on is the records' cost.
        more: what else is recorded of samples.
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
        self._seen = Observation()
        self._whole = 0
        self._kept = 0

    def look(self, seen: Observation) -> bool:
        """Note that every sample in `seen` is whole; record what is new if it is time.

        Returns:
            False: never a reason to stop.
        """
        self._seen, self._whole = seen, len(seen.evidence)
        if self._costs.clock() - self._begun >= _OFTEN:
            self.finish()
        return False

    def finish(self) -> None:
        """Record what is new; a sample that was interrupted is left out."""
        fresh = list(islice(self._seen.evidence, self._kept, self._whole))
        if not fresh:
            return
        cost = self._meter.read()
        content = {**of_observation(self._seen, fresh), **self._more(fresh), "cost": cost}
        self._journal.record("observation", {}, content)
        self._kept = self._whole
        self._meter = CostMeter(self._costs)
        self._begun = self._costs.clock()
