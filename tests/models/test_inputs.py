from collections.abc import Mapping

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.config.schema import ModelInput
from calibrate.core.sample import Sample
from calibrate.errors import CalibrateError
from calibrate.models.inputs import InputPlan, bind, plan_inputs, to_tensor


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


def sample(**data: np.ndarray) -> Sample:
    return Sample("s", data, source="s.png")


def image(height: int, width: int, dtype: type = np.float32) -> Sample:
    return sample(image=np.zeros((height, width, 3), dtype))


def plan(shape: tuple[int, ...], layout: str = "NCHW", dtype: type = np.float32) -> InputPlan:
    return InputPlan("in0", 0, shape, layout, np.dtype(dtype), "image")


@pytest.mark.parametrize(
    ("given", "settings", "shape", "layout"),
    [
        (model([1, 3, 8, 8]), {}, (1, 3, 8, 8), "NCHW"),
        (model([1, 8, 8, 3]), {}, (1, 8, 8, 3), "NHWC"),
        (model([-1, 3, -1, -1]), {}, (-1, 3, -1, -1), "NCHW"),
        (model([-1, -1, -1, 3]), {}, (-1, -1, -1, 3), "NHWC"),
        (model([4, 1, 28, 28]), {}, (4, 1, 28, 28), "NCHW"),
        (model([1, 10]), {}, (1, 10), ""),
        (model([1, 3, 8, 3], layout="NHWC"), {}, (1, 3, 8, 3), "NHWC"),
        (model([1, 3, 8, 3]), {"layout": "NCHW"}, (1, 3, 8, 3), "NCHW"),
        (model([-1, 3, -1, -1]), {"shape": (2, 3, 8, 6)}, (2, 3, 8, 6), "NCHW"),
        (dynamic_rank(), {"shape": (1, 3, 8, 8)}, (1, 3, 8, 8), "NCHW"),
    ],
)
def test_what_the_model_says_and_the_config_adds(given, settings, shape, layout):
    (found,) = plan_inputs(given, {"in0": ModelInput(**settings)})
    assert (found.shape, found.layout, found.source, found.batch) == (
        shape,
        layout,
        "image",
        shape[0],
    )


@pytest.mark.parametrize(
    ("given", "settings", "message"),
    [
        (
            model([1, 3, 8, 3]),
            {},
            (
                "model.inputs.in0.layout: whether the input [1, 3, 8, 3] is NCHW or NHWC cannot be "
                "told from its shape; write `layout: NCHW` or `layout: NHWC`"
            ),
        ),
        (model([-1, -1, -1, -1]), {}, "whether the input [?, ?, ?, ?] is NCHW or NHWC cannot"),
        (dynamic_rank(), {}, "model.inputs.in0: the model does not say how many dimensions this"),
        (model([1, 3, 8, 8]), {"shape": (3, 8, 8)}, "`shape` has 3 dimensions, the model's input"),
        (model([1, 3, 8, 8]), {"shape": (1, 3, 9, 8)}, "`shape` [1, 3, 9, 8] does not fit the"),
        (model([1, 3, 8, 8]), {"layout": "NC"}, "layout NC has 2 dimensions, the input has 4"),
        (model([0, 3, 8, 8]), {}, "model.inputs.in0: the input [0, 3, 8, 8] holds no values; is"),
        (model([]), {}, "model.inputs.in0: the input has no dimension for the batch"),
    ],
)
def test_what_cannot_be_found_out_is_asked_for(given, settings, message):
    with pytest.raises(CalibrateError) as caught:
        plan_inputs(given, {"in0": ModelInput(**settings)} if settings else {})
    assert message in str(caught.value)


def test_all_problems_come_together():
    with pytest.raises(CalibrateError) as caught:
        plan_inputs(model([1, 3, 8, 3], [1, 1]), {"in7": ModelInput()})
    told = str(caught.value).splitlines()
    assert len(told) == 2
    assert told[0] == "model.inputs.in7: the model has no input 'in7'; its inputs: in0, in1"


def test_several_inputs_are_fed_from_data_of_their_own_name():
    settings = {"in1": ModelInput(source="mask")}
    first, second = plan_inputs(model([1, 3, 8, 8], [1, 4]), settings)
    assert (first.source, second.source) == ("in0", "mask")


@pytest.mark.parametrize(
    ("shape", "layout", "given", "expected"),
    [
        ((-1, 3, -1, -1), "NCHW", image(6, 8), (1, 3, 6, 8)),
        ((-1, -1, -1, 3), "NHWC", image(6, 8), (1, 6, 8, 3)),
        ((4, 3, 6, 8), "NCHW", image(6, 8), (4, 3, 6, 8)),
        # Already turned by a layout step.
        ((1, 3, 6, 8), "NCHW", sample(image=np.zeros((3, 6, 8))), (1, 3, 6, 8)),
        ((-1, 1, -1, -1), "NCHW", sample(image=np.zeros((6, 8))), (1, 1, 6, 8)),
        ((-1, 10), "", sample(features=np.zeros(10)), (1, 10)),
    ],
)
def test_a_sample_binds_what_is_open(shape, layout, given, expected):
    assert bind(plan(shape, layout), given).shape == expected


@pytest.mark.parametrize(
    ("shape", "given", "message"),
    [
        (
            (1, 3, 6, 8),
            image(6, 9),
            (
                "s.png: preprocessing gives [3, 6, 9], the model's input 'in0' takes [3, 6, 8] "
                "(NCHW); end preprocessing with a resize or crop to height 6, width 8"
            ),
        ),
        ((1, 1, 6, 8), image(6, 8), "gives [3, 6, 8], the model's input 'in0' takes [1, 6, 8]"),
        (
            (1, 3, 6, 8),
            sample(a=np.zeros(1), b=np.zeros(1)),
            (
                "no data for the model's input 'in0': the samples hold a, b; "
                "set model.inputs.in0.source to one of them"
            ),
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_the_sample(shape, given, message):
    with pytest.raises(CalibrateError) as caught:
        bind(plan(shape), given)
    assert message in str(caught.value)


def test_pixels_are_turned_and_cast():
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    found = to_tensor(plan((1, 3, 2, 4)), sample(image=pixels))
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    assert np.array_equal(found, pixels.transpose(2, 0, 1))


def test_a_u8_input_takes_pixels_of_any_type_that_are_whole():
    for dtype in (np.uint8, np.float32, np.int64):
        pixels = np.full((2, 2, 3), 255, dtype)
        found = to_tensor(plan((1, 3, 2, 2), dtype=np.uint8), sample(image=pixels))
        assert found.dtype == np.uint8
        assert found.min() == 255


@pytest.mark.parametrize("bad", [0.5, -1.0, 256.0, np.nan, -1, 300])
def test_a_u8_input_refuses_what_is_no_pixel(bad):
    pixels = np.zeros((2, 2, 3), np.asarray(bad).dtype)
    pixels[0, 0, 0] = bad
    with pytest.raises(CalibrateError, match=r"s\.png: the model's input 'in0' takes uint8"):
        to_tensor(plan((1, 3, 2, 2), dtype=np.uint8), sample(image=pixels))


def test_samples_of_different_sizes_are_refused():
    settings: Mapping[str, ModelInput] = {}
    (open_plan,) = plan_inputs(model([-1, 3, -1, -1]), settings)
    bound = bind(open_plan, image(6, 8))
    with pytest.raises(CalibrateError, match="end preprocessing with a resize, crop or padding"):
        to_tensor(bound, image(6, 9))
