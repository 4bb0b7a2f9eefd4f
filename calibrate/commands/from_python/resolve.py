"""Build a run config from Python objects: a model, an iterable of samples, and a metric."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate import plugins
from calibrate.commands.from_python.function_metric import (
    FunctionMetric,
    SampleMetric,
    ValidationFunction,
    per_sample,
)
from calibrate.commands.from_python.samples import (
    TARGET,
    Samples,
    collect,
    write_samples,
)
from calibrate.config.load import load_recorded
from calibrate.config.resolved import Resolved
from calibrate.config.suggest import advice
from calibrate.errors import CalibrateError
from calibrate.models.fingerprint import fingerprint
from calibrate.models.from_python import to_openvino
from calibrate.models.inputs import input_names
from calibrate.models.read import read_model
from calibrate.models.write import write_model

_DECODERS = {"accuracy": "classification", "agreement": "raw", "cosine_similarity": "raw"}
_PLACEHOLDER = "cosine_similarity"


@dataclass(frozen=True, slots=True)
class PythonRun:
    """The arguments of `calibrate.run` besides model and data.

    Attributes:
        metric: a metric's name or its mapping as in a config; or a function of the outputs by
            name and the target that gives one number, higher is better.
        validation_fn: instead of `metric`, a function in the form of NNCF's accuracy control.
        decoder: a decoder's name or mapping; by default the one that the metric needs.
        max_drop: largest accepted drop.
        drop_type: `absolute` or `relative`.
        batched: whether each element of the data is a batch; detected by default.
        output_dir: where the model and its reports are written.
        config: further sections of a config, such as `quantization` and `search`.
    """

    metric: str | Mapping[str, Any] | SampleMetric | None = None
    validation_fn: ValidationFunction | None = None
    decoder: str | Mapping[str, Any] | None = None
    max_drop: float = 0.01
    drop_type: str = "absolute"
    batched: bool | None = None
    output_dir: Path = Path("calibrate-out")
    config: Mapping[str, Any] = field(default_factory=dict)


def resolve_python(model: object, data: Iterable[object], wanted: PythonRun) -> Resolved:
    """Write model and samples to the work folder, and resolve a config that reads them.

    Args:
        model: a path, an `ov.Model`, or a `torch.nn.Module`.
        data: any iterable of samples or batches.
        wanted: the other arguments.

    Raises:
        CalibrateError: the objects do not fit together.
    """
    function = _function(wanted)
    samples = collect(data, batched=wanted.batched)
    folder = wanted.output_dir.absolute()
    path, names = _model(model, samples, folder / "work" / "input")
    elements = _elements(samples) if wanted.validation_fn is not None else samples.targets
    if function is not None and not elements:
        elements = (None,) * len(samples)
    target = _target(samples, function)
    archive = folder / "work" / "input" / "samples.npz"
    write_samples(archive, samples, names, target)
    resolved = load_recorded(
        _content(path, archive, wanted, function is not None, target, names),
        Path.cwd(),
        shown="calibrate.run",
    )
    if function is None:
        return resolved
    name = getattr(wanted.validation_fn or wanted.metric, "__name__", "metric")
    metric = FunctionMetric.of(function, elements, name)
    judged = (replace(resolved.metrics[0], metric=metric),)
    spec = {**resolved.document["metrics"][0], "type": f"a Python function: {name}"}
    digest = hashlib.sha256(f"{resolved.digest}{metric.digest}".encode()).hexdigest()
    document = {**resolved.document, "metrics": [spec]}
    return replace(resolved, metrics=judged, digest=digest, document=document)


def _function(wanted: PythonRun) -> SampleMetric | None:
    if (wanted.metric is None) == (wanted.validation_fn is None):
        raise CalibrateError(
            "exactly one of metric and validation_fn is needed",
            where="calibrate.run",
            hint='for example metric="accuracy", or metric="agreement" for data without labels',
        )
    if wanted.validation_fn is not None:
        return per_sample(wanted.validation_fn)
    metric = wanted.metric
    is_function = isinstance(metric, Callable) and not isinstance(metric, str)  # type: ignore[arg-type]
    return metric if is_function else None  # type: ignore[return-value]


def _model(model: object, samples: Samples, folder: Path) -> tuple[Path, list[str]]:
    """Return the model's path and input names; objects are written as an IR first."""
    if isinstance(model, str | Path):
        return Path(model).absolute(), input_names(read_model(Path(model)))
    example = tuple(array[:1] for array in samples.inputs.values())
    converted = to_openvino(model, example)
    path = folder / "model.xml"
    if not (path.exists() and _is_same(path, converted)):
        folder.mkdir(parents=True, exist_ok=True)
        write_model(converted, path)
    return path, input_names(converted)


def _is_same(path: Path, model: ov.Model) -> bool:
    try:
        return fingerprint(read_model(path)) == fingerprint(model)
    except CalibrateError:
        return False


def _elements(samples: Samples) -> tuple[object, ...]:
    """Return the elements as single samples, inputs with a batch of 1, as in NNCF's API."""
    elements = []
    for row in range(len(samples)):
        inputs: object = {name: array[row : row + 1] for name, array in samples.inputs.items()}
        if isinstance(inputs, dict) and set(inputs) == {""}:
            inputs = inputs[""]
        elements.append((inputs, samples.targets[row]) if samples.targets else inputs)
    return tuple(elements)


def _target(samples: Samples, function: SampleMetric | None) -> NDArray[Any] | None:
    """Return the targets for the adapter; sample indices if the metric is a function."""
    if function is not None:
        return np.arange(len(samples), dtype=np.float32)[:, np.newaxis]
    return np.asarray(samples.targets) if samples.targets else None


def _content(
    model: Path,
    archive: Path,
    wanted: PythonRun,
    is_function: bool,  # noqa: FBT001  # internal
    target: NDArray[Any] | None,
    names: list[str],
) -> dict[str, Any]:
    metric = {"type": _PLACEHOLDER} if is_function else wanted.metric
    if isinstance(metric, str):
        metric = {"type": metric}
    assert isinstance(metric, Mapping)  # noqa: S101  # functions were replaced above
    default = "raw" if is_function else _DECODERS.get(str(metric.get("type")))
    decoder = wanted.decoder or default
    if decoder is None:
        name, names_of_metrics = str(metric.get("type")), plugins.names("metrics")
        if name not in names_of_metrics and ".py:" not in name:
            raise CalibrateError(
                f"unknown metric '{name}'",
                where="calibrate.run",
                hint=advice(name, names_of_metrics),
            )
        raise CalibrateError(
            f"metric '{name}' needs a decoder",
            where="calibrate.run",
            hint='give decoder="...": `calibrate list decoders`',
        )
    adapter: dict[str, Any] = {"type": "arrays", "data_source": str(archive)}
    if target is not None:
        kind = "values" if target.ndim > 1 or target.dtype.kind == "f" else "class"
        adapter |= {"label_key": TARGET, "target": kind}
    inputs = {name: {"source": name} for name in names}
    return {
        "model": {"path": str(model), "inputs": inputs},
        "dataset": {"name": "samples", "adapter": adapter},
        "decoder": {"type": decoder} if isinstance(decoder, str) else dict(decoder),
        "metrics": [dict(metric)],
        "budget": {"max_drop": wanted.max_drop, "drop_type": wanted.drop_type},
        "output": {"dir": str(wanted.output_dir.absolute())},
        **wanted.config,
    }
