"""The run context: config, data, baseline, costs, progress and store of one run."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import openvino as ov

from calibrate.config.resolved import Resolved
from calibrate.config.schema import RunConfig
from calibrate.context.baseline import Baseline
from calibrate.context.cache_keys import (
    arithmetic_facts,
    component_digest,
    judge_digest,
    model_digest,
    tensors_digest,
)
from calibrate.context.calibration_set import (
    calibration_items,
    read_calibration,
    with_calibration,
)
from calibrate.context.class_evidence import class_evidence
from calibrate.context.dataset import Data, check_judging, choose_items, load_samples, split_samples
from calibrate.context.load_source import digest_source, load_source
from calibrate.context.measurement_store import MeasurementStore
from calibrate.context.preflight import check_decoder, check_reference, preparation_difference
from calibrate.context.scores import Scores
from calibrate.context.store_backend import StoreBackend
from calibrate.core.component import HasAutoParameters
from calibrate.core.costs import Costs
from calibrate.core.precision import FLOATS
from calibrate.core.progress import Progress
from calibrate.core.stage import Stage
from calibrate.core.tensors import Tensors
from calibrate.datasets.loading.tensors import SampleReader, bind_plans
from calibrate.errors import raise_all
from calibrate.evaluation.auto_parameters import auto_parameters, with_parameters
from calibrate.evaluation.fp32_baseline import observe_fp32
from calibrate.evaluation.reference import Task
from calibrate.models.freeze import freeze_inputs
from calibrate.models.inputs import InputPlan, input_names, plan_inputs, unknown_input
from calibrate.models.prepare import prepare
from calibrate.models.quantized import floating_point
from calibrate.models.sequences import as_sequence
from calibrate.models.static_shapes import static_shape
from calibrate.quantization.ignored_scope import check_scope
from calibrate.runtime.inference import Network
from calibrate.runtime.inference_batch import inference_batch
from calibrate.runtime.inference_precision import deployed_type
from calibrate.runtime.memory_limit import needed_memory, require_memory


@dataclass(frozen=True, slots=True)
class RunContext:
    """The parts of one run; a function that needs only some of them takes only these.

    Attributes:
        resolved: the config.
        data: the samples and their sets.
        baseline: the FP32 model and its observation.
        costs: the ledger.
        progress: shows stages and notes.
        store: store of measurements.
    """

    resolved: Resolved
    data: Data
    baseline: Baseline
    costs: Costs
    progress: Progress
    store: MeasurementStore = field(default_factory=MeasurementStore)

    @property
    def config(self) -> RunConfig:
        """The typed sections of the config."""
        return self.resolved.config

    @property
    def seed(self) -> int:
        """The seed of every random draw of samples."""
        return self.config.dataset.subsample_seed

    @property
    def reader(self) -> SampleReader:
        """Reads samples of the dataset again."""
        return SampleReader(self.resolved.adapter, self.resolved.steps)

    @property
    def scores(self) -> Scores:
        """Metric values and drops against FP32."""
        baseline = self.baseline
        return Scores(self.resolved.metrics, baseline.observed, self.seed, baseline.classes)


def read_source(resolved: Resolved) -> tuple[ov.Model, tuple[InputPlan, ...]]:
    """Read the source model and plan its inputs; a model with state becomes one of sequences."""
    source = as_sequence(original_model(resolved))
    settings = resolved.config.model.inputs
    return source, plan_inputs(
        source, {name: entry for name, entry in settings.items() if entry.value is None}
    )


def original_model(resolved: Resolved) -> ov.Model:
    """Read the model of a config in floating point, with inputs frozen that have a value."""
    settings = resolved.config.model.inputs
    model = resolved.config.model
    read = floating_point(
        load_source(resolved), model.path, remove_quantizers=model.remove_quantizers
    )
    names = input_names(read)
    raise_all([unknown_input(name, names) for name in settings if name not in names])
    return freeze_inputs(read, settings)


def build_context(
    resolved: Resolved,
    costs: Costs,
    progress: Progress,
    work: Path,
    backend: StoreBackend | None = None,
) -> RunContext:
    """Read model and images, prepare FP32, and observe it on every image.

    Args:
        resolved: a checked config.
        costs: the ledger.
        progress: shows stages and notes.
        work: folder for tensors that do not fit into memory.
        backend: keeps measurements between runs; by default none are kept.

    Raises:
        CalibrateError: any problem of the input, before anything is quantized.
    """
    deployed = FLOATS[deployed_type(resolved.config.deployment.inference_precision)]
    with costs.stage(Stage.READ_MODEL):
        progress.stage("Reading the model")
        source, plans = read_source(resolved)
    with costs.stage(Stage.DECODE):
        progress.stage("Listing the dataset")
        items = choose_items(resolved)
        plans = bind_plans(SampleReader(resolved.adapter, resolved.steps), items[0], plans)
        room = require_memory(
            needed_memory(static_shape(source, plans)), resolved.config.search.memory_limit
        )
        tensors, plans = load_samples(resolved, items, plans, progress, work, room=room)
        data = split_samples(resolved.config, tensors)
        check_judging(resolved, data)
        data = _with_calibration(resolved, data, plans, progress, work, room=room)
    with costs.stage(Stage.PREPARE):
        progress.stage("Preparing the model")
        prepared = prepare(source, plans)
        check_decoder(resolved, prepared.model)
        check_scope(prepared.model, resolved.config.quantization.ignored_scope)
        store = _open_store(
            resolved, prepared.model, tensors, costs, progress, backend or StoreBackend()
        )
        difference = store.get_or_compute(
            "difference",
            {"source": digest_source(resolved.config.model)},
            lambda: {
                "largest": preparation_difference(source, plans, prepared.model, tensors, costs)
            },
        )["largest"]
        resolved = _with_fitted_decoder(resolved, prepared.model, tensors, store)
    judge = task_of(resolved)
    watched = judge.watched(prepared.model)
    with costs.stage(Stage.INFERENCE_BATCH):
        batch = store.get_or_compute(
            "inference batch",
            {"decoder or metrics": store.judge},
            lambda: {"samples": inference_batch(watched, tensors, costs)},
        )["samples"]
    with costs.stage(Stage.FP32):
        everything = data.everything
        progress.stage("Measuring FP32", len(everything))
        observed, reference = observe_fp32(
            lambda: Network(watched, costs, batch=batch),
            (tensors, everything),
            judge,
            store.observations,
            costs=costs,
            progress=progress,
        )
    baseline = Baseline(
        source=source,
        plans=plans,
        prepared=prepared,
        largest_difference=difference,
        reference=replace(reference, batch=batch),
        observed=observed,
        deployed=deployed,
        classes=class_evidence(reference, everything),
    )
    context = RunContext(resolved, data, baseline, costs, progress, store)
    values = [
        context.scores.value(observed, position, everything)
        for position in range(len(resolved.metrics))
    ]
    check_reference(resolved, values)
    return context


def _with_calibration(
    resolved: Resolved,
    data: Data,
    plans: tuple[InputPlan, ...],
    progress: Progress,
    work: Path,
    *,
    room: int | None,
) -> Data:
    """Return the data with the samples of the `calibration` section, if there is one."""
    items = calibration_items(resolved)
    if not items:
        return data
    tensors = read_calibration(resolved, items, plans, progress, work, room=room)
    return with_calibration(resolved, data, tensors, progress)


def task_of(resolved: Resolved) -> Task:
    """Return the config's decoder and metrics."""
    return Task(resolved.decoder, tuple(judged.metric for judged in resolved.metrics))


def _with_fitted_decoder(
    resolved: Resolved, model: ov.Model, tensors: Tensors, store: MeasurementStore
) -> Resolved:
    """Return the config with the decoder's `auto` parameters set from the FP32 model's outputs."""
    decoder = resolved.decoder
    if not isinstance(decoder, HasAutoParameters):
        return resolved
    parameters = store.get_or_compute(
        "decoder parameters",
        {"decoder": component_digest(decoder)},
        lambda: dict(auto_parameters(decoder, Network(model, store.costs), tensors)),
    )
    fitted = {key: value for key, value in parameters.items() if key != "cost"}
    return replace(resolved, decoder=with_parameters(decoder, fitted))


def _open_store(
    resolved: Resolved,
    prepared: ov.Model,
    tensors: Tensors,
    costs: Costs,
    progress: Progress,
    backend: StoreBackend,
) -> MeasurementStore:
    facts = {
        "prepared model": model_digest(prepared),
        "images": tensors_digest(tensors),
        **arithmetic_facts(),
    }
    store = MeasurementStore(backend, facts, judge_digest(task_of(resolved)), costs, progress)
    store.report_reuse()
    return store
