"""Compose, compile and run candidates, and record the results so that nothing runs twice."""

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
from calibrate.runtime.fold_networks import FoldModel, FoldNetworks
from calibrate.runtime.inference import THROUGHPUT, Network, Runs
from calibrate.store.base import Content, ScopedJournal

_FIRST_CHECK = 64


class CandidateEvaluator:
    """Measures candidates against one FP32 reference.

    Args:
        compose: builds the model of a candidate, or one per fold.
        reference: of the FP32 model.
        costs: the ledger.
        advance: called with the number of samples done.
        journal: of a candidate; its keys include everything that measurements depend on.
        properties: of the CPU plugin, for a candidate.
    """

    def __init__(
        self,
        compose: Callable[[Candidate], ov.Model | Sequence[FoldModel]],
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
        self._latest: tuple[Candidate, Runs] | None = None
        self._ahead: dict[Candidate, Future[Runs]] = {}
        self._compiler = ThreadPoolExecutor(1, thread_name_prefix="compiler")
        self._diverged: dict[tuple[Candidate, tuple[int, ...]], NDArray[np.float64]] = {}

    def close(self) -> None:
        """Wait for compilations in progress and release the networks; the evaluator stays usable.

        Timings that follow must not run beside a compilation.
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
        """See `Evaluator.divergence`; calls `enough` after 8 samples, 16, 32 and so on."""
        key = (candidate, tuple(indices))
        if key not in self._diverged:
            journal = self._journal(candidate)
            records = {
                tuple(record["indices"]): record for record in journal.recall("divergence", {})
            }
            divergences = np.empty(0)
            while len(divergences) < len(indices) and not (
                len(divergences) and enough(divergences)
            ):
                count = len(divergences)
                batch = indices[count : max(FIRST_IMAGES, 2 * count)]
                recorded = records.get(tuple(batch))
                if recorded is None:
                    meter = CostMeter(self._costs)
                    network = self._network(candidate)
                    self._compile_ahead(upcoming, indices)
                    values = measure_divergence(network, self._reference, batch)
                    content = {"indices": np.array(batch), "values": values, "cost": meter.read()}
                    journal.record("divergence", {}, content)
                else:
                    values = recorded["values"]
                    self._costs.recall(Spent(**recorded["cost"]))
                divergences = np.concatenate([divergences, values])
                self._advance(len(batch))
            self._diverged[key] = divergences
        return self._diverged[key]

    def _network(self, candidate: Candidate) -> Runs:
        """Return the candidate's network: the latest one, one compiled ahead, or compiled now."""
        if self._latest is None or self._latest[0] != candidate:
            self._latest = None  # frees its memory before the next one is compiled
            begun = self._ahead.pop(candidate, None)
            self._latest = candidate, begun.result() if begun else self._compiled(candidate)
        return self._latest[1]

    def _compiled(self, candidate: Candidate) -> Runs:
        properties = self._properties(candidate)

        def network(model: ov.Model) -> Network:
            return Network(self._reference.judge.watched(model), self._costs, properties)

        composed = self._compose(candidate)
        if isinstance(composed, ov.Model):
            return network(composed)
        return FoldNetworks([(network(fold.model), fold.samples) for fold in composed])

    def _compile_ahead(self, upcoming: Candidate | None, indices: Sequence[int]) -> None:
        """Compile the next candidate in the background, on one core, unless it was measured."""
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
        """See `Evaluator.observe`; samples observed before are not run again."""
        observation = self._observed.setdefault(candidate, Observation())
        done = 0
        while done < len(indices) and not (done and lost(observation, done)):
            until = min(len(indices), max(_FIRST_CHECK, 2 * done))
            self._recall(candidate, observation, indices[done:until])
            missing = [index for index in indices[done:until] if index not in observation.evidence]
            if missing:
                recorder = ObservationRecorder(self._journal(candidate), self._costs)
                observation.update(self._observe(self._network(candidate), missing, recorder))
            done = until
        return observation

    def _observe(
        self, network: Runs, missing: Sequence[int], recorder: ObservationRecorder
    ) -> Observation:
        try:
            observation = observe(
                network,
                self._reference,
                missing,
                advance=lambda: self._advance(1),
                stop=recorder.look,
            )
            recorder.look(observation)
        finally:
            recorder.finish()
        return observation

    def _recall(
        self, candidate: Candidate, observation: Observation, indices: Sequence[int]
    ) -> None:
        """Take the journal's records of these samples, and of no others.

        The search uses how many samples a candidate was observed on. A record made under another
        budget may cover more of them and must not add those that were not requested.
        """
        missing = [index for index in indices if index not in observation.evidence]
        if not missing:
            return
        if candidate not in self._recorded:
            contents = self._journal(candidate).recall("observation", {})
            self._recorded[candidate] = [_Recorded(content) for content in contents]
        for recorded in self._recorded[candidate]:
            known = [index for index in missing if index in recorded.observation.evidence]
            if known:
                observation.update(recorded.observation.restricted(known))
                self._costs.recall(recorded.cost)
                recorded.cost = Spent()
                self._advance(len(known))


class _Recorded:
    """A record of the journal; its cost is counted once."""

    def __init__(self, content: Content) -> None:
        self.observation = to_observation(content)
        self.cost = Spent(**content["cost"])
