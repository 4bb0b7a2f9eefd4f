"""Compressed weights as quantizers of the twin."""

from dataclasses import replace

import numpy as np
import openvino as ov
import pytest
import torch
from openvino import opset13 as ops

from calibrate.config.quantization import IgnoredScope
from calibrate.config.weight_compression import WeightCompression
from calibrate.models.names import operations_of
from calibrate.quantization.finetune.checkpoint import Checkpoint
from calibrate.quantization.finetune.decompression import find_decompressions, with_quantizers
from calibrate.quantization.finetune.graph import read_graph
from calibrate.quantization.finetune.losses import Loss
from calibrate.quantization.finetune.options import TuningOptions
from calibrate.quantization.finetune.tuning import Tuning, tune
from calibrate.quantization.finetune.twin import Twin
from calibrate.quantization.finetune.write_back import write_back
from calibrate.quantization.weight_compression import compress

WIDTH, COUNT = 32, 24
PROPERTIES = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}


@pytest.fixture(scope="module")
def fp32() -> ov.Model:
    """Two matrix products, [1, 32] to `y` [1, 32]."""
    random = np.random.default_rng(0)
    x = ops.parameter([1, WIDTH], np.float32, name="x")
    x.output(0).set_names({"x"})
    y = x
    for number in range(2):
        weights = random.standard_normal((WIDTH, WIDTH)).astype(np.float32) / WIDTH**0.5
        y = ops.matmul(y, weights, False, True, name=f"product{number}")
        y = ops.tanh(y) if number == 0 else y
    y.output(0).set_names({"y"})
    return ov.Model([y], [x], "products")


@pytest.fixture(scope="module")
def feeds() -> list[dict[int, np.ndarray]]:
    random = np.random.default_rng(1)
    return [{0: random.standard_normal((1, WIDTH)).astype(np.float32)} for _ in range(COUNT)]


def compressed(fp32, mode):
    settings = {"mode": mode}
    if mode.startswith("int4"):
        settings |= {"group_size": 16, "all_layers": True, "ratio": 1.0}
    given = WeightCompression.model_validate(settings)
    return compress(fp32, [], given, IgnoredScope(), where="test")


def outputs(model, feeds):
    compiled = ov.Core().compile_model(model, "CPU", PROPERTIES)
    return np.concatenate([compiled(feed)[0] for feed in feeds])


MODES = pytest.mark.parametrize(
    ("mode", "kind"),
    [("int4_sym", "i4"), ("int4_asym", "u4"), ("int8_sym", "i8"), ("int8_asym", "u8")],
)


@MODES
def test_the_twin_has_the_same_grid(fp32, feeds, mode, kind):
    model = compressed(fp32, mode)
    decompressions = find_decompressions(model, fp32)
    assert [given.kind for given in decompressions] == [kind, kind]
    assert all(given.trained is not None for given in decompressions)
    stored = tuple(replace(given, trained=None) for given in decompressions)
    twin = Twin(with_quantizers(read_graph(model), stored))
    assert len(twin.weights) == 2
    with torch.no_grad():
        ours = np.concatenate([twin([torch.tensor(feed[0])])["y"].numpy() for feed in feeds])
    # The plugin unpacks to 16 bits.
    assert np.abs(ours - outputs(model, feeds)).max() < 5e-3
    again = write_back(model, twin.tuned(), stored)
    for given, written in zip(stored, find_decompressions(again, fp32), strict=True):
        assert np.array_equal(written.integers, given.integers)
        assert np.allclose(written.scale, given.scale, rtol=1e-3)
        assert np.array_equal(written.zero_point, given.zero_point)


def test_tuned_weights_are_closer_to_fp32_and_of_the_same_type(fp32, feeds):
    model = compressed(fp32, "int4_sym")
    decompressions = find_decompressions(model, fp32)
    graph = with_quantizers(read_graph(model), decompressions)
    options = TuningOptions(updates=60, batch=4, weight_rate=0.1, weight_range_rate=0.003)
    result = tune(
        Tuning(graph, read_graph(fp32), Loss("squared", ("y",)), feeds[:16], options),
        Checkpoint(None, "key"),
    )
    tuned = write_back(model, result.tuned, decompressions)
    expected, others = outputs(fp32, feeds[16:]), feeds[16:]
    before, after = (
        float(((outputs(given, others) - expected) ** 2).mean()) for given in (model, tuned)
    )
    assert after < 0.9 * before
    kinds = {
        name: op.output(0).get_element_type().to_string()
        for name, op in operations_of(tuned).items()
        if op.get_type_name() == "Constant"
    }
    assert [kind for kind in kinds.values() if kind == "i4"] == ["i4", "i4"]


@pytest.mark.parametrize("factor", [1.0, 3.0])
def test_the_start_rounds_to_the_stored_weights(fp32, factor):
    """Also if a method has chosen how to round, or has scaled the weights."""
    (first, _) = find_decompressions(compressed(fp32, "int4_sym"), fp32)
    start = replace(first, trained=factor * first.trained).start
    assert np.array_equal(np.rint(start / first.scale), first.integers)
    distance = np.abs(start - factor * first.trained)
    assert (distance <= np.abs(first.decompressed - factor * first.trained) + 1e-6).all()
