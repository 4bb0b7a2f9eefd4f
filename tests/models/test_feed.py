import numpy as np
import pytest

from calibrate.core.sample import Geometry, Sample
from calibrate.errors import CalibrateError
from calibrate.models.feed import bind, to_tensor
from calibrate.models.inputs import InputPlan


def sample(geometry: Geometry | None = None, **data: np.ndarray) -> Sample:
    return Sample("s", data, geometry=geometry, source="s.png")


def image(height: int, width: int, dtype: type = np.float32) -> Sample:
    return sample(image=np.zeros((height, width, 3), dtype))


def picture(height: int, width: int) -> Sample:
    return sample(Geometry(12, 16, height, width), image=np.zeros((height, width, 3), np.uint8))


def plan(
    shape: tuple[int, ...], layout: str = "NCHW", dtype: type = np.float32, source: str = "image"
) -> InputPlan:
    return InputPlan("in0", 0, shape, layout, np.dtype(dtype), source)


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
    (bound,) = bind([plan(shape, layout)], given)
    assert bound.shape == expected


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
        bind([plan(shape)], given)
    assert message in str(caught.value)


def test_pixels_are_turned_and_cast():
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    result = to_tensor(plan((1, 3, 2, 4)), sample(image=pixels))
    assert result.dtype == np.float32
    assert result.flags.c_contiguous
    assert np.array_equal(result, pixels.transpose(2, 0, 1))


def test_a_u8_input_takes_pixels_of_any_type_that_are_whole():
    for dtype in (np.uint8, np.float32, np.int64):
        pixels = np.full((2, 2, 3), 255, dtype)
        result = to_tensor(plan((1, 3, 2, 2), dtype=np.uint8), sample(image=pixels))
        assert result.dtype == np.uint8
        assert result.min() == 255


@pytest.mark.parametrize("bad", [0.5, -1.0, 256.0, np.nan, -1, 300])
def test_a_u8_input_refuses_what_is_no_pixel(bad):
    pixels = np.zeros((2, 2, 3), np.asarray(bad).dtype)
    pixels[0, 0, 0] = bad
    with pytest.raises(CalibrateError, match=r"s\.png: the model's input 'in0' takes uint8"):
        to_tensor(plan((1, 3, 2, 2), dtype=np.uint8), sample(image=pixels))


def test_samples_of_different_sizes_are_refused():
    (bound,) = bind([plan((-1, 3, -1, -1))], image(6, 8))
    with pytest.raises(CalibrateError, match="end preprocessing with a resize, crop or padding"):
        to_tensor(bound, image(6, 9))


@pytest.mark.parametrize(
    ("shape", "height", "width", "layout"),
    [((1, 3, 4, 3), 4, 3, "NCHW"), ((1, 3, 5, 3), 3, 5, "NHWC")],
)
def test_an_image_decides_the_layout(shape, height, width, layout):
    (bound,) = bind([plan(shape, "")], picture(height, width))
    assert bound.layout == layout


def test_an_image_that_fits_both_layouts_is_asked_for():
    with pytest.raises(CalibrateError) as caught:
        bind([plan((1, 3, 3, 3), "")], picture(3, 3))
    assert str(caught.value) == (
        "model.inputs.in0.layout: whether the input [1, 3, 3, 3] is NCHW or NHWC cannot be "
        "seen from its shape; write `layout: NCHW` or `layout: NHWC`"
    )


def test_what_is_no_image_needs_no_layout():
    volume = sample(x=np.zeros((3, 3, 3), np.float32))
    (bound,) = bind([plan((1, 3, 3, 3), "", source="x")], volume)
    assert (bound.shape, bound.layout) == ((1, 3, 3, 3), "")


@pytest.mark.parametrize(
    ("shapes", "data", "expected"),
    [
        # A rank-1 and a rank-0 input beside one with a batch.
        ([(-1, 4), (-1,)], [(4,), ()], [((1, 4), 0), ((1,), 0)]),
        ([(-1, 4), ()], [(4,), ()], [((1, 4), 0), ((), None)]),
        # [layers, batch, hidden]: the open dimension is the batch.
        ([(-1, 4), (2, -1, 8)], [(4,), (2, 8)], [((1, 4), 0), ((2, 1, 8), 1)]),
        ([(8, 4), (2, 8, 8)], [(4,), (2, 8)], [((8, 4), 0), ((2, 8, 8), 1)]),
        # No batch at all.
        ([(5, 4)], [(5, 4)], [((5, 4), None)]),
    ],
)
def test_each_input_has_a_batch_axis_of_its_own(shapes, data, expected):
    names = [f"in{number}" for number in range(len(shapes))]
    plans = [
        InputPlan(name, number, shape, "", np.dtype(np.float32), name)
        for number, (name, shape) in enumerate(zip(names, shapes, strict=True))
    ]
    arrays = {name: np.zeros(shape) for name, shape in zip(names, data, strict=True)}
    bound = bind(plans, sample(**arrays))
    assert [(each.shape, each.batch_axis) for each in bound] == expected
    for each, shape in zip(bound, data, strict=True):
        assert to_tensor(each, sample(**arrays)).shape == shape


def test_inputs_of_different_batches_are_refused():
    plans = [plan((2, 4), "", source="a"), plan((3, 4), "", source="b")]
    with pytest.raises(CalibrateError, match=r"different numbers of samples: in0 \[2, 4\], in0"):
        bind(plans, sample(a=np.zeros(4), b=np.zeros(4)))


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("source_size", [12, 16]),
        ("input_size", [6, 4]),
        ("scale_factor", [0.5, 0.25]),
        ("im_info", [6, 4, 0.5]),
    ],
)
def test_facts_of_the_image_feed_an_input(source, values):
    geometry = Geometry(12, 16, 6, 4, scale_x=0.25, scale_y=0.5)
    given = sample(geometry, image=np.zeros((6, 4, 3), np.uint8))
    (bound,) = bind([plan((-1, len(values)), "", source=source)], given)
    assert to_tensor(bound, given).tolist() == values


def test_facts_of_the_image_need_one():
    with pytest.raises(CalibrateError, match="'source_size' is a fact of images, and this sample"):
        bind([plan((1, 2), "", source="source_size")], sample(x=np.zeros(4)))
