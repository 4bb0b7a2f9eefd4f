"""Compose, compile and run candidates, and record the results so that nothing runs twice."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import asdict
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.core.costs import Costs, Spent
from calibrate.core.evaluator import FIRST_IMAGES
from calibrate.core.observation import Observation
from calibrate.core.precision import Candidate
from calibrate.evaluation.observe import measure_divergence, observe
from calibrate.evaluation.recorder import CostMeter, ObservationRecorder, RecordedObservation
from calibrate.evaluation.reference import Reference
from calibrate.evaluation.remote_evaluations import RemoteEvaluations
from calibrate.evaluation.serialization import of_observation
from calibrate.runtime.fold_networks import FoldModel, FoldNetworks
from calibrate.runtime.inference import THROUGHPUT, Network, Runs
from calibrate.store.base import ScopedJournal

_FIRST_CHECK = 64


class CandidateEvaluator:
    """Measures candidates against one FP32 reference.

    Args:
        compose: builds the model of a candidate, or one per fold.
        reference: reference of the FP32 model.
        costs: the ledger.
        advance: called with the number of samples done.
        journal: journal of a candidate; its keys include everything that measurements depend on.
        properties: properties of the CPU plugin, for a candidate.
        remote: evaluates on other machines, None to evaluate in this process.
    """

    def __init__(  # noqa: PLR0913  # collaborators, each with a default
        self,
        compose: Callable[[Candidate], ov.Model | Sequence[FoldModel]],
        reference: Reference,
        costs: Costs,
        advance: Callable[[int], None] = lambda _: None,
        *,
        journal: Callable[[Candidate], ScopedJournal] = lambda _: ScopedJournal(),
        properties: Callable[[Candidate], Mapping[str, Any]] = lambda _: THROUGHPUT,
        remote: RemoteEvaluations | None = None,
    ) -> None:
        self._compose = compose
        self._reference = reference
        self._costs = costs
        self._advance = advance
        self._journal = journal
        self._properties = properties
        self._remote = remote
        self._senders = ThreadPoolExecutor(len(remote) if remote else 1)
        self._sent: dict[tuple[Candidate, tuple[int, ...]], Future[NDArray[np.float64]]] = {}
        self._recording = threading.Lock()
        self._observed: dict[Candidate, Observation] = {}
        self._recorded: dict[Candidate, list[RecordedObservation]] = {}
        self._latest: tuple[Candidate, Runs] | None = None
        self._ahead: dict[Candidate, Future[Runs]] = {}
        self._compiler = ThreadPoolExecutor(1, thread_name_prefix="compiler")
        self._diverged: dict[tuple[Candidate, tuple[int, ...]], NDArray[np.float64]] = {}

    def close(self) -> None:
        """Wait for work in progress and release the networks; the evaluator stays usable.

        Timings that follow must not run beside a compilation or an evaluation on a worker.
        """
        for compilation in self._ahead.values():
            if not compilation.cancel():
                wait([compilation])
        for measurement in self._sent.values():
            if not measurement.cancel():
                wait([measurement])
        self._ahead.clear()
        self._sent.clear()
        self._latest = None

    def divergence(
        self,
        candidate: Candidate,
        indices: Sequence[int],
        enough: Callable[[NDArray[np.float64]], bool],
        upcoming: Sequence[Candidate] = (),
    ) -> NDArray[np.float64]:
        """See `Evaluator.divergence`; calls `enough` after 8 samples, 16, 32 and so on."""
        key = (candidate, tuple(indices))
        if key not in self._diverged:
            remote = self._remote
            if remote is not None and remote.can_evaluate(candidate):
                for other in (candidate, *upcoming[: len(remote)]):
                    self._send(remote, other, tuple(indices), enough)
                self._diverged[key] = self._sent.pop(key).result()
                self._advance(len(self._diverged[key]))
            else:

                def measure(batch: Sequence[int]) -> tuple[NDArray[np.float64], Spent]:
                    meter = CostMeter(self._costs)
                    network = self._network(candidate)
                    self._compile_ahead(next(iter(upcoming), None), indices)
                    values = measure_divergence(network, self._reference, batch)
                    self._advance(len(batch))
                    return values, meter.spent()

                self._diverged[key] = self._diverge(candidate, indices, enough, measure)
        return self._diverged[key]

    def _send(
        self,
        remote: RemoteEvaluations,
        candidate: Candidate,
        indices: tuple[int, ...],
        enough: Callable[[NDArray[np.float64]], bool],
    ) -> None:
        """Begin to measure a candidate on a worker, unless that has begun."""
        key = (candidate, indices)
        if key in self._sent or key in self._diverged or not remote.can_evaluate(candidate):
            return

        def measure(batch: Sequence[int]) -> tuple[NDArray[np.float64], Spent]:
            return remote.divergences(candidate, batch)

        self._sent[key] = self._senders.submit(self._diverge, candidate, indices, enough, measure)

    def _diverge(
        self,
        candidate: Candidate,
        indices: Sequence[int],
        enough: Callable[[NDArray[np.float64]], bool],
        measure: Callable[[Sequence[int]], tuple[NDArray[np.float64], Spent]],
    ) -> NDArray[np.float64]:
        """Measure batch by batch until `enough`; recorded batches are not measured again."""
        with self._recording:
            journal = self._journal(candidate)
            records = {
                tuple(record["indices"]): record for record in journal.recall("divergence", {})
            }
        divergences = np.empty(0)
        while len(divergences) < len(indices) and not (len(divergences) and enough(divergences)):
            count = len(divergences)
            batch = indices[count : max(FIRST_IMAGES, 2 * count)]
            recorded = records.get(tuple(batch))
            if recorded is None:
                values, spent = measure(batch)
                content = {"indices": np.array(batch), "values": values, "cost": asdict(spent)}
                with self._recording:
                    journal.record("divergence", {}, content)
            else:
                values = recorded["values"]
                self._costs.recall(Spent(**recorded["cost"]))
            divergences = np.concatenate([divergences, values])
        return divergences

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
            watched, batch = self._reference.judge.watched(model), self._reference.batch
            return Network(watched, self._costs, properties, batch=batch)

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
                observation.update(self._measured(candidate, missing))
            done = until
        return observation

    def _measured(self, candidate: Candidate, missing: Sequence[int]) -> Observation:
        """Observe samples that were not observed before, here or on workers."""
        if self._remote is not None and self._remote.can_evaluate(candidate):
            return self._observe_remotely(self._remote, candidate, missing)
        recorder = ObservationRecorder(self._journal(candidate), self._costs)
        return self._observe(self._network(candidate), missing, recorder)

    def _observe_remotely(
        self, remote: RemoteEvaluations, candidate: Candidate, missing: Sequence[int]
    ) -> Observation:
        """Observe samples on workers; each answer is recorded as soon as it comes."""
        journal = self._journal(candidate)

        def observe_part(part: Sequence[int]) -> Observation:
            observation, spent = remote.observe(candidate, part)
            content = {**of_observation(observation, part), "cost": asdict(spent)}
            with self._recording:
                journal.record("observation", {}, content)
            return observation

        parts = [self._senders.submit(observe_part, part) for part in remote.parts(missing)]
        try:
            for done in as_completed(parts):
                self._advance(len(done.result().evidence))
        finally:
            for part in parts:
                part.cancel()
            wait(parts)
        observation = Observation()
        for part in parts:
            observation.update(part.result())
        return observation

    def _observe(
        self, network: Runs, missing: Sequence[int], recorder: ObservationRecorder
    ) -> Observation:
        try:
            observation = observe(
                network,
                self._reference,
                missing,
                advance=self._advance,
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
            self._recorded[candidate] = [RecordedObservation(content) for content in contents]
        for recorded in self._recorded[candidate]:
            usable = [index for index in missing if index in recorded.observation.evidence]
            if usable:
                observation.update(recorded.observation.restricted(usable))
                self._costs.recall(recorded.cost)
                recorded.cost = Spent()
                self._advance(len(usable))
