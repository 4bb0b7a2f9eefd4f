import numpy as np
import openvino as ov
import pytest
import torch
from openvino import opset13 as ops

from calibrate.models.names import operations_of
from calibrate.quantization.finetune.graph import read_graph
from calibrate.quantization.finetune.twin import Twin, UnsupportedOperationError
from calibrate.quantization.finetune.write_back import write_back
from calibrate.quantization.groups import find_groups
from tests.fixtures.twins import largest_difference


def outputs_of(model, feeds, **more):
    properties = {"INFERENCE_PRECISION_HINT": "f32", "LP_TRANSFORMS_MODE": "NO", **more}
    compiled = ov.Core().compile_model(model, "CPU", properties)
    return np.concatenate([compiled(dict(feed))[0] for feed in feeds])


def of_twin(twin, feeds, **words):
    with torch.no_grad():
        result = [twin([torch.from_numpy(feed[0])], **words)["scores"].numpy() for feed in feeds]
    return np.concatenate(result)


def assert_equal_but_for_ties(given, expected):
    """Many images give the same; in others a value between two steps is rounded the other way."""
    difference = np.abs(given - expected).max(axis=1)
    assert np.quantile(difference, 0.25) < 1e-5
    assert difference.max() < 0.02 * np.abs(expected).max()


def test_computes_what_the_quantized_model_computes(case, quantized):
    expected = outputs_of(quantized, case.feeds)
    given = of_twin(Twin(read_graph(quantized)), case.feeds)
    assert_equal_but_for_ties(given, expected)


def test_computes_the_fp32_model_with_quantizers_left_out(case, quantized):
    expected = outputs_of(case.model, case.feeds)
    twin = Twin(read_graph(case.model))
    assert np.abs(of_twin(twin, case.feeds) - expected).max() < 1e-5


def test_gradient_reaches_weights_ranges_and_biases(case, quantized):
    twin = Twin(read_graph(quantized))
    twin([torch.from_numpy(case.feeds[0][0])])["scores"].square().sum().backward()
    learned = [*twin.weights.values(), *twin.log_scales.values(), *twin.biases.values()]
    assert len(twin.weights) == 4
    assert len(twin.biases) >= 3
    assert all(parameter.grad is not None for parameter in learned)
    assert sum(float(parameter.grad.abs().sum()) > 0 for parameter in learned) >= len(learned) - 1


def test_writes_back_what_it_read(case, quantized):
    written = write_back(quantized, Twin(read_graph(quantized)).tuned())
    before, after = outputs_of(quantized, case.feeds), outputs_of(written, case.feeds)
    assert_equal_but_for_ties(after, before)
    assert operations_of(written).keys() == operations_of(quantized).keys()
    assert find_groups(written) == find_groups(quantized)


def test_what_was_learned_is_what_openvino_computes(case, quantized):
    twin = Twin(read_graph(quantized))
    with torch.no_grad():
        for parameter in twin.log_scales.values():
            parameter.add_(0.1)
        for parameter in twin.biases.values():
            parameter.add_(0.05)
        for parameter in twin.weights.values():
            parameter.mul_(0.9)
    written = write_back(quantized, twin.tuned())
    expected = outputs_of(written, case.feeds)
    assert np.abs(of_twin(twin, case.feeds) - expected).max() < 5e-3 * np.abs(expected).max()
    assert np.abs(expected - outputs_of(quantized, case.feeds)).max() > 0.01


def test_writing_twice_gives_the_same(case, quantized):
    """Weights that are on the grid stay where they are."""
    once = write_back(quantized, Twin(read_graph(quantized)).tuned())
    twice = write_back(once, Twin(read_graph(once)).tuned())
    np.testing.assert_allclose(
        outputs_of(twice, case.feeds), outputs_of(once, case.feeds), rtol=1e-3, atol=1e-4
    )


def test_names_the_operation_that_it_does_not_know():
    given = ops.parameter([1, 3, 8, 8], np.float32)
    grid = ops.parameter([1, 4, 4, 2], np.float32)
    sampled = ops.grid_sample(given, grid, {"mode": "bilinear"})
    model = ov.Model([ops.relu(sampled)], [given, grid], "unknown")
    with pytest.raises(UnsupportedOperationError, match="GridSample"):
        Twin(read_graph(model))


def test_ends_in_front_of_an_arg_max():
    given = ops.parameter([1, 5, 4, 4], np.float32)
    scores = ops.relu(given, name="scores")
    chosen = ops.topk(scores, np.int64(1), 1, "max", "none", "i64", name="best")
    classes = ops.squeeze(chosen.output(1), np.array([1]))
    classes.output(0).set_names({"classes"})
    twin = Twin(read_graph(ov.Model([classes], [given], "map")))
    assert list(twin.targets) == ["classes::input 0 of best"]


def test_a_fake_quantize_with_another_output_range_is_computed_in_full():
    given = ops.parameter([2, 3], np.float32)
    made = ops.fake_quantize(given, np.float32(-1), np.float32(1), np.float32(0), np.float32(3), 16)
    made.output(0).set_names({"made"})
    model = ov.Model([made], [given], "uneven")
    values = np.array([[-2, -0.9, -0.2], [0.1, 0.6, 4]], np.float32)
    assert largest_difference(model, [values]) < 1e-6
    assert len(Twin(read_graph(model)).quantizers) == 0
