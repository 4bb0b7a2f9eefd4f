"""A miniature through reading, preparing and quantizing, without a search: a second at most."""

from pathlib import Path

import numpy as np
import openvino as ov

from calibrate.config.quantization import Quantization
from calibrate.config.schema import ModelInput
from calibrate.core.costs import Costs
from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.core.sample import Facts, Sample
from calibrate.core.tensors import Tensors
from calibrate.models.feed import bind, to_tensor
from calibrate.models.freeze import freeze_inputs
from calibrate.models.inputs import plan_inputs
from calibrate.models.prepare import prepare
from calibrate.models.read import read_model
from calibrate.models.sequences import as_sequence
from calibrate.quantization.groups import find_groups
from calibrate.quantization.ptq import quantize
from calibrate.quantization.transformers import for_transformers
from calibrate.quantization.variants import Variants, compose, with_integer_weights
from calibrate.report_builder.execution import execution_facts
from calibrate.runtime.inference import Network
from calibrate.runtime.profiling import executed_nodes
from tests.miniatures.record import Miniature

CALIBRATED = 6
CHECKED = 3


def hold_quantized(miniature: Miniature, folder: Path) -> None:
    """Quantize a miniature's model, and hold outputs, groups and what is executed to its source."""
    inputs = dict(miniature.config.get("model", {}).get("inputs", {}))
    settings = {name: ModelInput(**entry) for name, entry in inputs.items()}
    source = as_sequence(freeze_inputs(read_model(miniature.write(folder)), settings))
    fed = {name: entry for name, entry in settings.items() if entry.value is None}
    samples = [
        Sample(str(number), {name: rows[number] for name, rows in miniature.samples.items()})
        for number in range(CALIBRATED)
    ]
    plans = bind(plan_inputs(source, fed), samples[0])
    tensors = Tensors(
        tuple(np.stack([to_tensor(plan, sample) for sample in samples]) for plan in plans),
        [Facts(sample.id) for sample in samples],
        ("",) * CALIBRATED,
        batch_axes=tuple(plan.batch_axis for plan in plans),
    )
    fp32 = prepare(source, plans).model
    batch = tensors.batch([plan.shape for plan in plans])
    feeds = [tensors.feed([index] * batch, batch) for index in range(CALIBRATED)]
    chosen = for_transformers(Quantization(), fp32)
    variant = quantize(fp32, feeds, chosen, subset_size=CALIBRATED)
    groups = find_groups(variant)
    assert all(group.operations for group in groups)
    variants = Variants(fp32, {INT8: variant}, groups)
    candidate = Candidate.uniform(groups, INT8)
    result = with_integer_weights(compose(variants, candidate))
    costs = Costs(lambda: 0.0)
    facts = execution_facts(groups, candidate, executed_nodes(result, costs, "f32"))
    assert sum(fact.precision.split("+").count("i8") for fact in facts.values()) >= bool(groups)
    exact = compose(variants, Candidate.uniform(groups, FP32))
    outputs = [outputs_of(each, tensors, costs) for each in (fp32, exact, result)]
    if any(port.get_partial_shape().is_dynamic for port in result.outputs):
        return  # as many rows as are found
    for before, restored, after in zip(*outputs, strict=True):
        assert after.shape == before.shape
        assert np.isfinite(after).all()
        np.testing.assert_allclose(restored, before, rtol=1e-4, atol=1e-4)


def outputs_of(model: ov.Model, tensors: Tensors, costs: Costs) -> list[np.ndarray]:
    """Every output of the first samples."""
    collected: list[np.ndarray] = []
    Network(model, costs).run(
        tensors,
        range(CHECKED),
        lambda _, outputs: collected.extend(
            np.array(array, np.float64) for array in outputs.values()
        ),
    )
    return collected
