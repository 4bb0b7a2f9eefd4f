import numpy as np
import openvino as ov
import openvino.opset8 as ops
import pytest

from calibrate.decoders._lib.priors import PriorLayer, generated, load, split
from calibrate.errors import CalibrateError


@pytest.mark.parametrize(
    ("fields", "attributes"),
    [
        ({"min_size": 60, "max_size": 111, "aspect_ratios": (2, 3), "step": 16}, {}),
        ({"min_size": 30, "aspect_ratios": (2,), "step": 8}, {}),
        ({"min_size": 30, "aspect_ratios": (1, 2), "flip": False, "step": 8}, {"flip": False}),
        ({"min_size": 30, "max_size": 60, "step": 8, "offset": 0.0}, {"offset": 0.0}),
        ({"min_size": 90, "max_size": 150, "step": 32}, {"clip": True}),
        ({"min_size": 30, "aspect_ratios": (2,)}, {}),
    ],
)
def test_equals_the_operation(fields, attributes):
    grid, image = (5, 7), (100, 140)
    given = {
        "min_size": [float(fields["min_size"])],
        "max_size": [float(fields["max_size"])] if "max_size" in fields else [],
        "aspect_ratio": [float(ratio) for ratio in fields.get("aspect_ratios", ())],
        "flip": True,
        "clip": False,
        "step": float(fields.get("step", 0.0)),
        "offset": 0.5,
        "variance": [0.1, 0.1, 0.2, 0.2],
        "scale_all_sizes": True,
        "min_max_aspect_ratios_order": True,
        **attributes,
    }
    # The operation wants the layer as a value that is no constant, or folds it away.
    layer = ops.parameter([2], np.int64, name="layer")
    size = ops.constant(np.array(image, np.int64))
    model = ov.Model([ops.prior_box(layer, size, given)], [layer])
    made = ov.compile_model(model, "CPU")([np.array(grid, np.int64)])[0]
    expected, variances = split(made, "")
    clip = bool(attributes.get("clip", False))
    boxes = generated([PriorLayer(grid=grid, **fields)], *image, clip=clip)
    np.testing.assert_allclose(boxes, expected, atol=1e-6)
    assert variances is not None
    np.testing.assert_allclose(variances[0], [0.1, 0.1, 0.2, 0.2])


def test_layers_follow_each_other():
    layers = [PriorLayer(grid=(2, 2), min_size=10), PriorLayer(grid=(1, 1), min_size=30)]
    boxes = generated(layers, 40, 40, clip=False)
    assert boxes.shape == (5, 4)
    np.testing.assert_allclose(
        boxes[[0, 4]], [[0.125, 0.125, 0.375, 0.375], [0.125, 0.125, 0.875, 0.875]]
    )


@pytest.mark.parametrize(
    ("shape", "has_variances"),
    [((2, 20), True), ((1, 2, 20), True), ((5, 8), True), ((5, 4), False)],
)
def test_files(tmp_path, shape, has_variances):
    np.save(
        tmp_path / "p.npy", np.linspace(0, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    )
    boxes, variances = load(tmp_path / "p.npy")
    assert boxes.shape == (5, 4)
    assert (variances is not None) is has_variances


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (np.zeros((5, 5)), "priors of shape [5, 5] are none of [2, 4 N], [N, 8] and [N, 4]"),
        (np.zeros((5, 4), int), "the file contains no array of floats"),
        (np.full((5, 4), np.nan), "some of the priors are no finite numbers"),
        (b"", "the priors cannot be read"),
        (b"abc", "the priors cannot be read"),
        (None, "the priors cannot be read"),
    ],
)
def test_bad_files(tmp_path, content, message):
    path = tmp_path / "p.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        np.save(path, content)
    with pytest.raises(CalibrateError) as caught:
        load(path)
    assert message in caught.value.message
    assert caught.value.where == str(path)
