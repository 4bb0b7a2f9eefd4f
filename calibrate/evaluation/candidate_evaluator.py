"""Candidates made real: composed, compiled, run, and recorded so that nothing runs twice."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.core.costs import Costs, Spent
from calibrate.core.evaluator import FIRST_IMAGES
from calibrate.core.observation import Observation
from calibrate.core.precision import Candidate
from calibrate.evaluation.observe import Reference, measure_divergence, observe
from calibrate.evaluation.recorder import CostMeter, ObservationRecorder
from calibrate.evaluation.serialization import to_observation
from calibrate.runtime.inference import THROUGHPUT, Network
from calibrate.store.base import Content, ScopedJournal

_FIRST_RACE = 64


class CandidateEvaluator:
    """Measures candidates against one FP32 reference.

    Args:
        compose: the model of a candidate.
        reference: of the FP32 model.
        costs: the ledger.
        advance: told how many samples were done.
        journal: of one candidate: with all that its measurements depend on.
        properties: of the CPU plugin, for a candidate.
    """

    def __init__(
        self,
        compose: Callable[[Candidate], ov.Model],
        reference: Reference,
        costs: Costs,
        advance: Callable[[int], None] = lambda _: None,
        *,
        journal: Callable[[Candidate], ScopedJournal] = lambda _: ScopedJournal(),
        properties: Callable[[Candidate], Mapping[str, Any]] = lambda _: THROUGHPUT,
    ) -> None:
        self._compose = compose
        self._reference = reference
        self._costs = costs
        self._advance = advance
        self._journal = journal
        self._properties = properties
        self._observed: dict[Candidate, Observation] = {}
        self._recorded: dict[Candidate, list[_Recorded]] = {}
        self._latest: tuple[Candidate, Network] | None = None
        self._ahead: dict[Candidate, Future[Network]] = {}
        self._compiler = ThreadPoolExecutor(1, thread_name_prefix="compiler")
        self._diverged: dict[tuple[Candidate, tuple[int, ...]], NDArray[np.float64]] = {}

    def close(self) -> None:
        """Wait for what is compiled ahead, and keep no network; candidates may still be asked for.

        What is timed next must not run beside a compilation.
        """
        for begun in self._ahead.values():
            if not begun.cancel():
                wait([begun])
        self._ahead.clear()
        self._latest = None

    def divergence(
        self,
        candidate: Candidate,
        indices: Sequence[int],
        enough: Callable[[NDArray[np.float64]], bool],
        upcoming: Candidate | None = None,
    ) -> NDArray[np.float64]:
        """See `Laboratory.divergence`; looks after 8 samples, 16, 32 and so on."""
        key = (candidate, tuple(indices))
        if key not in self._diverged:
            journal = self._journal(candidate)
            looks = {tuple(one["indices"]): one for one in journal.recall("divergence", {})}
            seen = np.empty(0)
            while len(seen) < len(indices) and not (len(seen) and enough(seen)):
                look = indices[len(seen) : max(FIRST_IMAGES, 2 * len(seen))]
                recorded = looks.get(tuple(look))
                if recorded is None:
                    meter = CostMeter(self._costs)
                    network = self._network(candidate)
                    self._compile_ahead(upcoming, indices)
                    found = measure_divergence(network, self._reference, look)
                    content = {"indices": np.array(look), "values": found, "cost": meter.read()}
                    journal.record("divergence", {}, content)
                else:
                    found = recorded["values"]
                    self._costs.recall(Spent(**recorded["cost"]))
                seen = np.concatenate([seen, found])
                self._advance(len(look))
            self._diverged[key] = seen
        return self._diverged[key]

    def _network(self, candidate: Candidate) -> Network:
        """The candidate's network; compiled now, if that has not begun and it was not the last."""
        if self._latest is None or self._latest[0] != candidate:
            self._latest = None  # two of them need not be in memory at once
            begun = self._ahead.pop(candidate, None)
            self._latest = candidate, begun.result() if begun else self._compiled(candidate)
        return self._latest[1]

    def _compiled(self, candidate: Candidate) -> Network:
        judge = self._reference.judge
        model = judge.watched(self._compose(candidate))
        return Network(model, self._costs, self._properties(candidate))

    def _compile_ahead(self, upcoming: Candidate | None, indices: Sequence[int]) -> None:
        """Compile what is asked for next, unless that is known; compiling keeps one core busy."""
        if (
            upcoming is None
            or upcoming in self._ahead
            or (upcoming, tuple(indices)) in self._diverged
        ):
            return
        if self._journal(upcoming).recall("divergence", {}):
            return
        self._ahead[upcoming] = self._compiler.submit(lambda: self._compiled(upcoming))

    def observe(
        self,
        candidate: Candidate,
        indices: Sequence[int],
        lost: Callable[[Observation, int], bool] = lambda _, __: False,
    ) -> Observation:
        """See `Laboratory.observe`; samples seen before are not run again."""
        seen = self._observed.setdefault(candidate, Observation())
        done = 0
        while done < len(indices) and not (done and lost(seen, done)):
            until = min(len(indices), max(_FIRST_RACE, 2 * done))
            self._recall(candidate, seen, indices[done:until])
            missing = [index for index in indices[done:until] if index not in seen.evidence]
            if missing:
                keeper = ObservationRecorder(self._journal(candidate), self._costs)
                seen.update(self._observe(self._network(candidate), missing, keeper))
            done = until
        return seen

    def _observe(
        self, network: Network, missing: Sequence[int], keeper: ObservationRecorder
    ) -> Observation:
        try:
            seen = observe(
                network,
                self._reference,
                missing,
                advance=lambda: self._advance(1),
                stop=keeper.look,
            )
            keeper.look(seen)
        finally:
            keeper.finish()
        return seen

    def _recall(self, candidate: Candidate, seen: Observation, indices: Sequence[int]) -> None:
        """Take what the journal has of these samples, and no more.

        How far a candidate was observed is news to the search, so a record that goes further,
        made under another budget, must not tell more than was asked.
        """
        missing = [index for index in indices if index not in seen.evidence]
        if not missing:
            return
        if candidate not in self._recorded:
            found = self._journal(candidate).recall("observation", {})
            self._recorded[candidate] = [_Recorded(content) for content in found]
        for recorded in self._recorded[candidate]:
            known = [index for index in missing if index in recorded.seen.evidence]
            if known:
                seen.update(recorded.seen.restricted(known))
                self._costs.recall(recorded.cost)
                recorded.cost = Spent()
                self._advance(len(known))


class _Recorded:
    """A record of the journal; what it cost is counted once."""

    def __init__(self, content: Content) -> None:
        self.seen = to_observation(content)
        self.cost = Spent(**content["cost"])
