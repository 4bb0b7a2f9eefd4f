"""Evaluations on two workers equal those of this process, also when workers are lost."""

import threading

import numpy as np
import pytest

from calibrate.core.costs import Costs
from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.evaluation.candidate_evaluator import CandidateEvaluator
from calibrate.evaluation.observe import observe_reference
from calibrate.evaluation.remote_evaluations import EvaluationWorkers, RemoteEvaluations
from calibrate.runtime.executors import evaluation_worker
from calibrate.runtime.executors.outgoing_files import OutgoingFiles
from calibrate.runtime.executors.portable import Assembly, EvaluationAnswer
from calibrate.runtime.inference import THROUGHPUT, Network

CANDIDATES = [Candidate.only(4, index, INT8) for index in range(4)]


def noisy(number):
    """A build that takes one of the parts."""
    return lambda parts, costs: parts[number]


@pytest.fixture
def evaluators(world, classifier_model, pool, tmp_path):
    """The same candidates, evaluated here and on workers."""
    network = Network(classifier_model(), Costs(lambda: 0.0))
    _, reference = observe_reference(network, world.tensors, range(30), world.judge, lambda: None)
    models = {
        str(number): classifier_model(noise=0.1 * number) for number in range(len(CANDIDATES) + 1)
    }

    def assemble(candidate, costs):
        number = str(candidate.precisions.index(INT8) + 1) if INT8 in candidate.precisions else "0"
        return Assembly(noisy(number), {number: models[number]}, costs)

    workers = EvaluationWorkers(pool, OutgoingFiles(tmp_path))
    costs = Costs(lambda: 0.0)
    remote = RemoteEvaluations(workers, assemble, reference, costs, lambda _: THROUGHPUT)

    def compose(candidate):
        return assemble(candidate, world.costs)()

    here = CandidateEvaluator(compose, reference, world.costs)
    return here, CandidateEvaluator(compose, reference, costs, remote=remote), remote


def sixteen(values):
    return len(values) >= 16


def test_divergences_are_the_same_at_the_same_cost(evaluators):
    here, there, remote = evaluators
    for place, candidate in enumerate(CANDIDATES, 1):
        upcoming = CANDIDATES[place:]
        expected = here.divergence(candidate, range(30), sixteen, upcoming)
        answers = there.divergence(candidate, range(30), sixteen, upcoming)
        assert np.array_equal(expected, answers)
        assert len(answers) == 16
    there.close()
    here.close()
    pool = remote.workers.pool
    assert remote.costs.total.inferences == 16 * len(CANDIDATES)
    assert remote.costs.total.compilations == len(CANDIDATES)
    assert sum(pool.evaluations.values()) == 2 * len(CANDIDATES)
    assert pool.repeated == 0


def test_an_observation_is_divided_and_put_together(evaluators):
    here, there, remote = evaluators
    expected = here.observe(CANDIDATES[1], range(30))
    observation = there.observe(CANDIDATES[1], range(30))
    assert list(observation.evidence) == list(range(30))
    assert observation == expected
    assert remote.costs.total.inferences == 30
    assert sorted(remote.workers.pool.evaluations.values()) == [1, 1]


@pytest.mark.parametrize(
    ("count", "batch", "parts"),
    [(10, 1, [10]), (40, 1, [20, 20]), (400, 1, [64] * 6 + [16]), (40, 16, [32, 8])],
)
def test_parts_are_whole_batches(evaluators, count, batch, parts):
    _, _, remote = evaluators
    remote.batch = batch
    assert [len(part) for part in remote.parts(range(count))] == parts


class FirstWorker:
    """Whether the calling task runs on the worker that asked first."""

    def __init__(self) -> None:
        self.address = None
        self.lock = threading.Lock()

    def __bool__(self) -> bool:
        from distributed import get_worker

        with self.lock:
            self.address = self.address or get_worker().address
        return get_worker().address == self.address


def test_a_full_disk_costs_one_evaluation(evaluators, monkeypatch):
    here, there, remote = evaluators
    first, blobs = FirstWorker(), evaluation_worker.blobs

    def full_on_first():
        if first:
            raise OSError(28, "No space left on device")
        return blobs()

    monkeypatch.setattr(evaluation_worker, "blobs", full_on_first)
    expected = here.observe(CANDIDATES[2], range(30))
    assert there.observe(CANDIDATES[2], range(30)) == expected
    pool = remote.workers.pool
    assert pool.repeated == 1
    assert len(pool) == 1
    (note,) = pool.note.__self__
    assert "No space left on device" in note


def test_without_workers_evaluation_goes_on_here(evaluators):
    here, there, remote = evaluators
    pool = remote.workers.pool
    for worker in pool.workers:
        pool.exclude(worker, "tested")
    expected = here.observe(CANDIDATES[3], range(20))
    assert there.observe(CANDIDATES[3], range(20)) == expected
    assert pool.note.__self__[-1] == "no worker is left: evaluation continues in this process"


def test_a_worker_with_other_outputs_is_excluded(evaluators, monkeypatch):
    _, _, remote = evaluators
    fp32 = Candidate((FP32,) * 4)
    remote.exclude_unequal([fp32, CANDIDATES[0]], range(2))
    assert len(remote.workers.pool) == 2
    first = FirstWorker()

    def answer(answers, **cost):
        return EvaluationAnswer(("0",) * len(answers) if first else answers, **cost)

    monkeypatch.setattr(evaluation_worker, "EvaluationAnswer", answer)
    remote.exclude_unequal([CANDIDATES[0]], range(2))
    assert len(remote.workers.pool) == 1
    assert "outputs differ from this machine's" in remote.workers.pool.note.__self__[0]
