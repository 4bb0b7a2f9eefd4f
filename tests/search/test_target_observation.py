"""Candidates for other CPUs: simulated, in a limited process, on a worker; each sample once."""

from dataclasses import replace

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.context.store_backend import StoreBackend
from calibrate.core.precision import FP32, Candidate
from calibrate.errors import CalibrateError
from calibrate.evaluation.remote_evaluations import EvaluationWorkers
from calibrate.runtime.executors.outgoing_files import OutgoingFiles
from calibrate.runtime.executors.worker_pool import WorkerPool
from calibrate.runtime.inference_precision import is_native
from calibrate.search.target_observation import model_on, observe_on
from calibrate.search.targets import TargetExecution
from calibrate.store.run_journal import FileJournal

SIMULATED = TargetExecution("avx512_vnni", "avx512_core_vnni", "simulated")
LIMITED = TargetExecution("sse41", "sse41", "limited")
ON_WORKERS = TargetExecution("avx512_vnni", "avx512_core_vnni", "worker")


@pytest.fixture
def store(make_searches, tmp_path):
    with FileJournal(tmp_path / "journal", print) as journal:
        yield make_searches(backend=StoreBackend(journal=journal))[0].variant_store


def inferences(store) -> int:
    return store.context.costs.total.inferences


def test_a_simulation_shows_what_int8_loses_and_evaluates_each_sample_once(store):
    indices = store.context.data.everything[:16]
    here = store.observed(store.plain).divergences(indices)
    first = observe_on(SIMULATED, store, store.plain, indices[:8])
    assert tuple(first.evidence) == indices[:8]
    both = observe_on(SIMULATED, store, store.plain, indices)
    assert both.restricted(indices[:8]).divergence == first.divergence
    # INT8 spoils this network; the simulation has to show that.
    assert both.divergences(indices).mean() == pytest.approx(here.mean(), rel=0.25)

    counted = inferences(store)
    part = observe_on(SIMULATED, store, store.plain, indices[4:6])
    assert tuple(part.evidence) == indices[4:6]
    assert inferences(store) == counted
    # Records of one target are not used for another.
    observe_on(
        replace(SIMULATED, instruction_set="avx512_core_bf16"), store, store.plain, indices[:1]
    )
    assert inferences(store) > counted

    floating = observe_on(SIMULATED, store, Candidate.uniform(store.groups, FP32), indices[:4])
    assert floating.divergences(indices[:4]).max() < 1e-3


def test_a_limited_process_evaluates_each_sample_once(store):
    indices = store.context.data.everything[:8]
    observation = observe_on(LIMITED, store, store.plain, indices)
    assert tuple(observation.evidence) == indices
    counted = inferences(store)
    assert observe_on(LIMITED, store, store.plain, indices).divergence == observation.divergence
    assert inferences(store) == counted


def test_a_model_is_rounded_where_this_cpu_lacks_the_floating_point():
    x = ops.parameter([1, 1], np.float32, name="x")
    model = ov.Model([ops.add(x, np.float32(0))], [x], "same")
    assert model_on(SIMULATED, model) is model
    bf16 = TargetExecution("avx512_bf16", "avx512_core_bf16", "simulated", "bf16")
    given = np.array([[1 + 2.0**-12]], np.float32)  # BF16 has eight bits of mantissa
    if not is_native("bf16"):
        compiled = ov.Core().compile_model(model_on(bf16, model), "CPU")
        assert compiled(given)[0].item() == 1.0
    else:
        assert model_on(bf16, model) is model


def test_a_worker_gives_what_this_process_gives(store, pool, tmp_path):
    files = OutgoingFiles(tmp_path)
    none = WorkerPool(pool.cluster, (), pool.note)  # for the search
    store.workers = EvaluationWorkers(none, files, {ON_WORKERS.instruction_set: pool})
    assert store.instruction_sets_elsewhere == {ON_WORKERS.instruction_set}
    indices = store.context.data.everything[:10]
    there = observe_on(ON_WORKERS, store, store.plain, indices)
    here = store.observed(store.plain)
    # The workers are threads of this process, on this CPU.
    assert there.divergences(indices).tolist() == pytest.approx(here.divergences(indices).tolist())
    counted = inferences(store)
    assert observe_on(ON_WORKERS, store, store.plain, indices).divergence == there.divergence
    assert inferences(store) == counted

    store.workers = EvaluationWorkers(none, files, {ON_WORKERS.instruction_set: none})
    with pytest.raises(
        CalibrateError, match="every worker with avx512_core_vnni is lost"
    ) as caught:
        observe_on(ON_WORKERS, store, store.plain, store.context.data.everything[10:12])
    assert "start such a worker" in caught.value.hint
