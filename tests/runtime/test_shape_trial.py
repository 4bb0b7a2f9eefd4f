import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.runtime.shape_trial import ShapeTrialError, difference, try_shapes
from tests.fixtures.layers import linear, model, normal, parameter


def network(rows: int, *, factor: float = 1.0) -> ov.Model:
    x = parameter([rows, 8])
    return model(ops.multiply(linear(x, 8, 4), ops.constant(np.float32(factor))), x)


def test_a_model_is_tried_beside_its_source():
    models = {"source": network(-1), "static": network(1), "open": network(-1, factor=1.25)}
    feeds = [[{0: normal(rows, 8)}] for rows in (1, 2, 5, 7)]
    trials = try_shapes(models, feeds, "f32")
    assert [trial.shapes for trial in trials] == [((1, 8),), ((2, 8),), ((5, 8),)]
    assert [trial.error for trial in trials] == pytest.approx([0.25] * 3, abs=1e-5)
    assert [trial.difference for trial in trials] == pytest.approx([0.25, 0, 0], abs=1e-5)
    assert trials[0].open_difference == pytest.approx(0.25, abs=1e-5)


def test_of_several_inputs_the_median_and_the_worst():
    x = parameter([-1, 8])
    clipped = model(linear(ops.clamp(x, -1.0, 1.0), 8, 4), x)
    models = {"source": network(-1), "static": clipped, "open": clipped}
    row = np.ones((1, 8), np.float32)
    (trial,) = try_shapes(models, [[{0: row}, {0: 2 * row}, {0: 4 * row}]], "f32")
    assert (trial.feeds, trial.difference) == (3, pytest.approx(0, abs=1e-5))
    assert (trial.error, trial.largest_error) == pytest.approx((0.5, 0.75), abs=2e-3)


def test_shapes_that_the_source_does_not_take_are_passed_over():
    models = {"source": network(3), "static": network(3), "open": network(3)}
    trials = try_shapes(models, [[{0: normal(3, 8)}], [{0: normal(1, 9)}]], "f32")
    assert [trial.shapes for trial in trials] == [((3, 8),)]


def test_a_model_of_other_outputs_than_its_source_fails():
    x = parameter([-1, 8])
    models = {"source": network(-1), "static": network(1), "open": model(linear(x, 8, 5), x)}
    with pytest.raises(
        ShapeTrialError, match=r"at \[1, 8\] it gives \[1, 5\], its source \[1, 4\]"
    ):
        try_shapes(models, [[{0: normal(1, 8)}]], "f32")


def test_a_model_that_takes_fewer_shapes_than_its_source_fails():
    models = {"source": network(-1), "static": network(1), "open": network(1)}
    with pytest.raises(ShapeTrialError, match=r"it fails at \[2, 8\]"):
        try_shapes(models, [[{0: normal(1, 8)}], [{0: normal(2, 8)}]], "f32")


@pytest.mark.parametrize(
    ("values", "wanted", "expected"),
    [
        ([[3.0, 4.0]], [[3.0, 4.0]], 0.0),
        ([[3.0, 5.0]], [[3.0, 4.0]], 0.2),
        ([[1.0], [3.0, 5.0]], [[1.0], [3.0, 4.0]], 0.2),
        ([[0.5]], [[0.0]], 0.5),
        ([[1, 2, 3, 4]], [[1, 2, 3, 5]], 0.25),
        ([[1.0, 2.0]], [[1.0]], 0.0),
    ],
)
def test_difference(values, wanted, expected):
    arrays = ([np.array(each) for each in side] for side in (values, wanted))
    assert difference(*arrays) == pytest.approx(expected)
