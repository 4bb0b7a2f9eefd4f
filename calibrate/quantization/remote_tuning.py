"""Fine-tune on a worker of a cluster: the same bytes as in this process.

Tuning runs on one thread, draws by a seed, and depends on the number of updates; see
`finetune.tuning.tune`.
"""

import itertools
import pickle
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import openvino as ov

from calibrate.config.quantization import Quantization
from calibrate.core.component import Decoder
from calibrate.core.progress import NoProgress
from calibrate.core.temporary import temporary_folder
from calibrate.models.read import read_model
from calibrate.models.write import write_model
from calibrate.quantization.ptq import Quantizer
from calibrate.quantization.recipes.base import (
    Recipe,
    RecipeContext,
    TuningInputs,
    TuningRecord,
    Variant,
)
from calibrate.quantization.shared_passes import Images
from calibrate.runtime.executors.cluster import WorkerLost
from calibrate.runtime.executors.lease import ENDED, Lease
from calibrate.runtime.executors.outgoing_files import OutgoingFiles
from calibrate.runtime.executors.portable import FileMissing
from calibrate.runtime.executors.worker_folder import (
    blobs,
    machine_timing_lock,
    remove_old,
    worker_folder,
)
from calibrate.runtime.executors.worker_pool import NoWorkerLeft, WorkerPool
from calibrate.runtime.executors.worker_tasks import WorkerFacts
from calibrate.runtime.timing_lock import TimingLock

_ONE = threading.Lock()
"""Held while tuning: the number of threads is a setting of the whole process."""
_FP32, _START = "fp32", "start"


@dataclass(frozen=True, slots=True)
class TuningTask:
    """What a recipe that tunes needs besides its models, in a form that can be sent.

    Attributes:
        recipe: that tunes.
        settings: the config's `quantization` section.
        feeds: inputs, one per inference, in random order.
        seed: of random draws.
        decoder: measures how far two outputs diverge.
        watched: gives a model all outputs that the decoder reads.
        key: digest of what the tuning depends on.
        minutes: limit of the processor time.
        updates: number of updates; None for as many as the time allows.
    """

    recipe: Recipe
    settings: Quantization
    feeds: tuple[Mapping[int, Any], ...]
    seed: int
    decoder: Decoder
    watched: Callable[[ov.Model], ov.Model]
    key: str
    minutes: float
    updates: int | None


@dataclass(frozen=True, slots=True)
class TuningJob:
    """A tuning as digests of files.

    Attributes:
        models: digests of `.xml` and `.bin` of FP32 and of the start model.
        task: digest of the pickled `TuningTask`.
        lease: of the client; its end ends the tuning with the best parameters so far.
    """

    models: Mapping[str, tuple[str, str]]
    task: str
    lease: str

    @property
    def files(self) -> tuple[str, ...]:
        """The digests of all files that the job reads."""
        parts = (digest for pair in self.models.values() for digest in pair)
        return tuple(dict.fromkeys((*parts, self.task)))


@dataclass(frozen=True, slots=True)
class TunedFiles:
    """The answer to a `TuningJob`.

    Attributes:
        xml: content of the tuned model's `.xml`.
        weights: content of its `.bin`.
        record: how the tuning went.
        cpu_seconds: processor time of the worker's process.
    """

    xml: bytes
    weights: bytes
    record: TuningRecord | None
    cpu_seconds: float


def tune_job(job: TuningJob) -> TunedFiles:
    """Tune on this worker, pausing while something is timed on its machine.

    Raises:
        FileMissing: a file was removed from the store meanwhile.
        OSError: the disk of this machine is full.
        NotApplicableError: see `Recipe.apply`.
    """
    with _ONE:
        return _tuned_here(job)


def _tuned_here(job: TuningJob) -> TunedFiles:
    cpu = time.process_time()
    watch = Lease(job.lease)
    checkpoints = worker_folder() / "checkpoints"
    checkpoints.mkdir(parents=True, exist_ok=True)
    remove_old(checkpoints)
    with temporary_folder() as folder, TimingLock(machine_timing_lock()) as lock:
        models = {}
        try:
            task: TuningTask = pickle.loads(blobs().read(job.task))  # noqa: S301  # the client's code
            for name, (xml, weights) in job.models.items():
                blobs().place(xml, folder / f"{name}.xml")
                blobs().place(weights, folder / f"{name}.bin")
                models[name] = read_model(folder / f"{name}.xml")
        except KeyError as error:
            raise FileMissing(f"the file {error.args[0]} is missing") from error
        checkpoint = checkpoints / f"{task.key[:16]}.checkpoint"
        inputs = TuningInputs(
            start=models[_START],
            decoder=task.decoder,
            watched=task.watched,
            checkpoint=checkpoint,
            key=task.key,
            minutes=task.minutes,
            updates=task.updates,
            stage=NoProgress().stage,
        )
        context = RecipeContext(
            settings=task.settings,
            plain=models[_START],
            quantizer=Quantizer(models[_FP32], task.feeds, ()),
            images=Images(len(task.feeds), len(task.feeds)),
            feeds=task.feeds,
            seed=task.seed,
            expired=watch.is_over,
            advance=lock.pause,
            tuning=inputs,
        )
        variant = task.recipe.apply(models[_FP32], context)
        write_model(variant.model, folder / "tuned.xml")
        tuned = [(folder / name).read_bytes() for name in ("tuned.xml", "tuned.bin")]
        checkpoint.unlink(missing_ok=True)
    return TunedFiles(tuned[0], tuned[1], variant.tuning, time.process_time() - cpu)


@dataclass(frozen=True, slots=True)
class RemoteTuning:
    """Tunes on workers; may be called from several threads.

    Attributes:
        pool: workers with this process's instruction set and version of PyTorch.
        files: of the run.
        counted: counts the jobs of the workers, by worker and processor seconds.
    """

    pool: WorkerPool
    files: OutgoingFiles
    counted: Callable[[WorkerFacts, float], None]

    def variant(self, recipe: Recipe, model: ov.Model, given: RecipeContext) -> Variant | None:
        """Return the variant of a recipe; None if no worker is left.

        Args:
            recipe: that tunes; it uses no calibrated ranges of `given`.
            model: prepared FP32 model.
            given: with `tuning`.

        Raises:
            NotApplicableError: see `Recipe.apply`.
        """
        inputs = given.tuning
        assert inputs is not None  # noqa: S101  # the recipe changes weights
        feeds = tuple(dict(feed) for feed in given.feeds)
        task = TuningTask(
            recipe,
            given.settings,
            feeds,
            given.seed,
            inputs.decoder,
            inputs.watched,
            inputs.key,
            inputs.minutes,
            inputs.updates,
        )
        models = {_FP32: self.files.model(model), _START: self.files.model(inputs.start)}
        digest = self.files.pickled(task)
        while True:
            job = TuningJob(models, digest, uuid.uuid4().hex)
            try:
                with self.pool.worker() as worker:
                    tuned = self._tuned(worker, job, given.expired)
            except NoWorkerLeft:
                return None
            if tuned is not None:
                self.counted(worker, tuned.cpu_seconds)
                return Variant(_read(tuned), tuned.record)

    def _tuned(
        self, worker: WorkerFacts, job: TuningJob, expired: Callable[[], bool]
    ) -> TunedFiles | None:
        """Return the answer of a worker; None if it is lost, and used no more."""
        cluster, turns = self.pool.cluster, itertools.count()

        def renew() -> None:
            cluster.renew(job.lease, ENDED if expired() else next(turns))

        try:
            cluster.send(worker.address, {digest: self.files.paths[digest] for digest in job.files})
            renew()
            future = cluster.submit(worker.address, tune_job, job)
            answer: TunedFiles = cluster.wait(worker.address, future, meanwhile=renew)
        except (WorkerLost, FileMissing) as error:
            self.pool.exclude(worker, error.message)
            self.pool.count_repeated()
            return None
        return answer


def _read(tuned: TunedFiles) -> ov.Model:
    with temporary_folder() as folder:
        (folder / "tuned.xml").write_bytes(tuned.xml)
        (folder / "tuned.bin").write_bytes(tuned.weights)
        # The weights stay mapped when their name is removed.
        return read_model(folder / "tuned.xml")
