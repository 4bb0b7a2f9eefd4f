import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.config.schema import ModelInput
from calibrate.errors import CalibrateError
from calibrate.models.inputs import (
    InputPlan,
    batch_of,
    fed_type,
    plan_inputs,
    with_own_batch,
)


def model(*shapes: object, dtype: type = np.float32, layout: str | None = None) -> ov.Model:
    parameters = []
    for number, shape in enumerate(shapes):
        given = ops.parameter(ov.PartialShape(shape), dtype, name=f"in{number}")
        given.output(0).set_names({f"in{number}"})
        if layout:
            given.set_layout(ov.Layout(layout))
        parameters.append(given)
    return ov.Model([ops.relu(given) for given in parameters], parameters, "m")


def dynamic_rank() -> ov.Model:
    given = ops.parameter(ov.PartialShape.dynamic(), np.float32, name="in0")
    given.output(0).set_names({"in0"})
    return ov.Model([ops.relu(given)], [given], "m")


@pytest.mark.parametrize(
    ("given", "settings", "shape", "layout"),
    [
        (model([1, 3, 8, 8]), {}, (1, 3, 8, 8), "NCHW"),
        (model([1, 8, 8, 3]), {}, (1, 8, 8, 3), "NHWC"),
        (model([-1, 3, -1, -1]), {}, (-1, 3, -1, -1), "NCHW"),
        (model([-1, -1, -1, 3]), {}, (-1, -1, -1, 3), "NHWC"),
        (model([4, 1, 28, 28]), {}, (4, 1, 28, 28), "NCHW"),
        (model([1, 10]), {}, (1, 10), ""),
        # Whether such an input is an image, the samples say.
        (model([1, 3, 8, 3]), {}, (1, 3, 8, 3), ""),
        (model([-1, -1, -1, -1]), {}, (-1, -1, -1, -1), ""),
        (model([1, 3, 8, 3], layout="NHWC"), {}, (1, 3, 8, 3), "NHWC"),
        (model([1, 3, 8, 3]), {"layout": "NCHW"}, (1, 3, 8, 3), "NCHW"),
        (model([-1, 3, -1, -1]), {"shape": (2, 3, 8, 6)}, (2, 3, 8, 6), "NCHW"),
        (dynamic_rank(), {"shape": (1, 3, 8, 8)}, (1, 3, 8, 8), "NCHW"),
    ],
)
def test_shapes_of_the_model_and_of_the_config(given, settings, shape, layout):
    (result,) = plan_inputs(given, {"in0": ModelInput(**settings)})
    assert (result.shape, result.layout, result.source, result.batch) == (
        shape,
        layout,
        "image",
        shape[0],
    )


@pytest.mark.parametrize(
    ("given", "settings", "message"),
    [
        (dynamic_rank(), {}, "model.inputs.in0: the model does not say how many dimensions this"),
        (model([1, 3, 8, 8]), {"shape": (3, 8, 8)}, "`shape` has 3 dimensions, the model's input"),
        (model([1, 3, 8, 8]), {"shape": (1, 3, 9, 8)}, "`shape` [1, 3, 9, 8] does not fit the"),
        (model([1, 3, 8, 8]), {"layout": "NC"}, "layout NC has 2 dimensions, the input has 4"),
        (model([0, 3, 8, 8]), {}, "model.inputs.in0: the input [0, 3, 8, 8] holds no values; is"),
    ],
)
def test_what_cannot_be_found_out_is_asked_for(given, settings, message):
    with pytest.raises(CalibrateError) as caught:
        plan_inputs(given, {"in0": ModelInput(**settings)} if settings else {})
    assert message in str(caught.value)


def test_all_problems_come_together():
    with pytest.raises(CalibrateError) as caught:
        plan_inputs(model([0, 3, 8, 8], [1, 1]), {"in7": ModelInput()})
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert lines[0] == "model.inputs.in7: the model has no input 'in7'; its inputs: in0, in1"


def test_several_inputs_are_fed_from_data_of_their_own_name():
    settings = {"in1": ModelInput(source="mask")}
    first, second = plan_inputs(model([1, 3, 8, 8], [1, 4]), settings)
    assert (first.source, second.source) == ("in0", "mask")


@pytest.mark.parametrize(
    ("shape", "layout", "axis"),
    [
        ([1, 8], None, 0),
        ([], None, None),
        ([2, 8], "CN", 1),
        ([8], "C", None),
        ([8, 3], "TC", None),
    ],
)
def test_the_layout_determines_the_batch_dimension(shape, layout, axis):
    settings = {"in0": ModelInput(layout=layout)} if layout else {}
    assert plan_inputs(model(shape), settings)[0].batch_axis == axis


@pytest.mark.parametrize(
    ("axis", "batch", "sample_shape"), [(0, 2, (8, 4)), (1, 8, (2, 4)), (None, 1, (2, 8, 4))]
)
def test_what_a_sample_takes_of_the_shape(axis, batch, sample_shape):
    plan = InputPlan("x", 0, (2, 8, 4), "", np.dtype(np.float32), "x", axis)
    assert (plan.batch, plan.sample_shape) == (batch, sample_shape)
    assert batch_of([plan]) == batch
    assert plan.with_batch(5).batch == (1 if axis is None else 5)


def test_a_plan_bound_for_one_model_serves_another_of_another_batch():
    input_plan = InputPlan("images", 1, (4, 3, -1, -1), "NCHW", np.dtype(np.float32), "image")
    bound = InputPlan("x", 0, (1, 3, 6, 8), "NCHW", np.dtype(np.float32), "image")
    other = with_own_batch(input_plan, bound)
    assert (other.name, other.index, other.shape) == ("images", 1, (4, 3, 6, 8))


@pytest.mark.parametrize(
    ("kind", "dtype"), [("bf16", "f4"), ("f64", "f4"), ("f16", "f2"), ("i64", "i8"), ("u8", "u1")]
)
def test_the_type_that_an_input_is_fed_with(kind, dtype):
    given = ops.parameter([1, 4], getattr(ov.Type, kind))
    assert fed_type(given.output(0)) == np.dtype(dtype)
