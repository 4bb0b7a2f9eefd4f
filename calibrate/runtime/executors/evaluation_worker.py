"""The function that answers evaluation jobs on a worker of a cluster."""

import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import openvino as ov

from calibrate.core.component import Outputs
from calibrate.core.costs import Costs
from calibrate.core.temporary import temporary_folder
from calibrate.core.tensors import Tensors
from calibrate.models.read import read_model
from calibrate.runtime.executors.base import Judge
from calibrate.runtime.executors.portable import (
    EvaluationAnswer,
    EvaluationJob,
    FileMissing,
    SampleFile,
)
from calibrate.runtime.executors.worker_folder import blobs, machine_timing_lock
from calibrate.runtime.inference import Network
from calibrate.runtime.timing_lock import TimingLock

_PARTS = 6
"""Parts of models that are kept in memory: FP32 and a few variants."""


class _State:
    """What a worker keeps between jobs: the latest network, and the parts read last."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.costs = Costs(time.monotonic)
        self.latest: tuple[object, Network] | None = None
        self.parts: OrderedDict[tuple[str, str], ov.Model] = OrderedDict()


def _state() -> _State:
    """Return the state of the worker that this thread works for."""
    from distributed import get_worker

    state: _State = vars(get_worker()).setdefault("calibrate_evaluations", _State())
    return state


def evaluate(job: EvaluationJob) -> EvaluationAnswer:
    """Answer a job; the jobs of one worker run one after another.

    Raises:
        FileMissing: a file was removed from the store meanwhile.
        OSError: the disk of this machine is full.
        CalibrateError: building, inference or the judge fails.
    """
    state = _state()
    with state.lock, TimingLock(machine_timing_lock()) as timing:
        begun, cpu, before = time.monotonic(), time.process_time(), state.costs.total
        try:
            samples = [_unpickled(digest) for digest in job.samples]
            judge, network = _judge(job, samples), _network(state, job)
        except KeyError as error:
            raise FileMissing(f"the file {error.args[0]} is missing") from error
        answers: list[object] = []

        def sink(place: int, outputs: Outputs) -> None:
            answers.append(judge(samples[place].index, outputs))
            timing.pause()

        network.run(_tensors(samples), range(len(samples)), sink)
        after = state.costs.total
        return EvaluationAnswer(
            answers=tuple(answers),
            compilations=after.compilations - before.compilations,
            inferences=after.inferences - before.inferences,
            seconds=time.monotonic() - begun,
            cpu_seconds=time.process_time() - cpu,
        )


def _unpickled(digest: str) -> Any:  # noqa: ANN401  # as the client pickled it
    """Return a value that the client sent, which executes code on this worker anyway."""
    return pickle.loads(blobs().read(digest))  # noqa: S301


def _network(state: _State, job: EvaluationJob) -> Network:
    """Return the job's network; that of the job before if the model is the same."""
    key = (job.model, tuple(job.parts.items()), tuple(job.properties.items()))
    if state.latest is None or state.latest[0] != key:
        state.latest = None  # frees its memory before the next one is compiled
        build = _unpickled(job.model)
        parts = {name: _part(state, pair) for name, pair in job.parts.items()}
        model = build(parts, state.costs)
        state.latest = key, Network(model, state.costs, job.properties)
    return state.latest[1]


def _part(state: _State, pair: tuple[str, str]) -> ov.Model:
    """Return a part of a model, from memory or from its files."""
    if pair not in state.parts:
        with temporary_folder() as folder:
            for digest, name in zip(pair, ("part.xml", "part.bin"), strict=True):
                blobs().place(digest, folder / name)
            # The weights stay mapped when their name is removed.
            state.parts[pair] = read_model(folder / "part.xml")
    state.parts.move_to_end(pair)
    while len(state.parts) > _PARTS:
        state.parts.popitem(last=False)
    return state.parts[pair]


def _judge(job: EvaluationJob, samples: Sequence[SampleFile]) -> Judge:
    judge = _unpickled(job.judge)
    data: Mapping[int, Any] = {sample.index: sample.data for sample in samples}
    built: Judge = judge(data) if job.is_portable else judge
    return built


def _tensors(samples: Sequence[SampleFile]) -> Tensors:
    inputs = zip(*(sample.inputs for sample in samples), strict=True)
    return Tensors(
        inputs=tuple(np.stack(rows) for rows in inputs),
        facts=[sample.facts for sample in samples],
        digests=tuple(sample.digest for sample in samples),
        batch_axes=samples[0].batch_axes,
    )
