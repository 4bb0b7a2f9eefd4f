"""`calibrate benchmark`: time model files, interleaved, without a dataset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.context.footprints import Footprint
from calibrate.context.load_model import load_untrusted_model
from calibrate.core.costs import Costs
from calibrate.core.precision import ComputeType
from calibrate.core.progress import Progress
from calibrate.core.sample import Facts
from calibrate.core.temporary import temporary_folder
from calibrate.core.tensors import Tensors
from calibrate.errors import CalibrateError
from calibrate.models.inputs import input_names
from calibrate.models.openvino_errors import error_reason
from calibrate.models.write import write_model
from calibrate.report.commands.benchmark import BenchmarkReport, Layer, Timed
from calibrate.report_builder.performance import performance
from calibrate.runtime.benchmark import Settings, compare
from calibrate.runtime.cpu import this_cpu
from calibrate.runtime.memory_footprint import file_bytes, peak_memory
from calibrate.runtime.profiling import profile
from calibrate.runtime.timing_effort import Effort


@dataclass(frozen=True, slots=True)
class BenchmarkOptions:
    """Options of the measurement.

    Attributes:
        seconds: seconds of the timing, for all models together.
        settings: streams and threads.
        layers: whether to time each layer too.
        shapes: shapes by input name, for models that leave dimensions open.
    """

    seconds: float
    settings: Settings
    layers: bool
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def benchmark(
    paths: Sequence[Path], options: BenchmarkOptions, progress: Progress, costs: Costs
) -> BenchmarkReport:
    """Measure latency, throughput, file size and peak memory of each model.

    Inputs are random, seeded; an open batch is 1.

    Raises:
        CalibrateError: a model cannot be read, or leaves other dimensions open.
    """
    models = {str(path): _static(path, options.shapes) for path in paths}
    inputs = {name: random_inputs(model) for name, model in models.items()}
    progress.stage("Timing side by side")
    effort = Effort(options.seconds, patience=1.0)
    comparison = compare(models, inputs, costs, effort=effort, settings=options.settings)
    timings = comparison.timings
    progress.stage("Measuring memory", len(models))
    peaks = {}
    with temporary_folder() as folder:
        for number, (name, model) in enumerate(models.items()):
            path = Path(folder) / f"{number}.xml"
            write_model(model, path)
            peaks[name] = peak_memory(path)
            progress.advance()
    if options.layers:
        progress.stage("Timing layers", len(models))
    timed = tuple(
        Timed(
            name,
            performance(
                timings[name],
                Footprint(file_bytes(Path(name)), peaks[name]),
                options.settings.types.get(name, "f32"),
            ),
            _layers(model, inputs[name], costs, options.settings.types.get(name, "f32"))
            if options.layers
            else (),
        )
        for name, model in models.items()
    )
    cpu = this_cpu()
    machine = f"{cpu.name}, {cpu.instruction_set}, {cpu.cores} cores"
    return BenchmarkReport(machine, options.seconds, timed)


def random_inputs(model: ov.Model) -> Tensors:
    """Return one sample for a static model: floats 0-1, pixels 0-255, other integers 0 and 1."""
    rng = np.random.default_rng(0)
    arrays: list[NDArray[np.generic]] = []
    shapes = [tuple(port.get_shape()) for port in model.inputs]
    for port, shape in zip(model.inputs, shapes, strict=True):
        dtype = np.dtype(port.get_element_type().to_dtype())
        if dtype.kind == "f":
            arrays.append(rng.random(shape).astype(dtype))
        else:
            limit = 256 if dtype == np.uint8 else 2
            arrays.append(rng.integers(0, limit, shape).astype(dtype))
    if len({shape[:1] for shape in shapes}) > 1 or not all(shapes):
        # The inputs share no batch dimension: each array is one sample.
        single = tuple(array[None] for array in arrays)
        return Tensors(single, (Facts("0"),), ("",), batch_axes=(None,) * len(arrays))
    facts = tuple(Facts(str(number)) for number in range(shapes[0][0]))
    return Tensors(tuple(arrays), facts, ("",) * len(facts))


def _static(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> ov.Model:
    model = load_untrusted_model(path)
    if not model.is_dynamic():
        return model
    wanted = {}
    for index, (name, port) in enumerate(zip(input_names(model), model.inputs, strict=True)):
        partial = port.get_partial_shape()
        if name in shapes:
            wanted[index] = ov.PartialShape(list(shapes[name]))
            continue
        if not partial.rank.is_dynamic and len(partial) and partial[0].is_dynamic:
            partial[0] = ov.Dimension(1)
        if partial.is_dynamic:
            raise CalibrateError(
                f"the input '{name}' leaves dimensions open: {partial}",
                where=str(path),
                hint=f"give them: --shape '{name}=1,3,224,224'",
            )
        wanted[index] = partial
    try:
        model.reshape(wanted)
    except RuntimeError as error:
        raise CalibrateError(
            f"the model cannot take these shapes: {error_reason(error)}",
            where=str(path),
            hint="give others with --shape",
        ) from error
    return model


def _layers(
    model: ov.Model, inputs: Tensors, costs: Costs, compute_type: ComputeType
) -> tuple[Layer, ...]:
    layers = [
        Layer(node.name, node.kind, node.precision, node.primitive, node.microseconds)
        for node in profile(model, inputs, costs, compute_type=compute_type)
        if node.microseconds > 0
    ]
    return tuple(sorted(layers, key=lambda layer: -layer.microseconds))
