"""Arrays of any shape as a dataset."""

import numpy as np
import pytest
from pydantic import ValidationError

from calibrate.core.annotation import ClassLabel
from calibrate.core.sample import Geometry
from calibrate.datasets.adapters.arrays import Arrays, as_image
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (5, 4, 6, 3), np.uint8)
IDS = RNG.integers(0, 1000, (5, 7))
Y = np.array([3, 0, 1, 1, 2], np.uint8)


@pytest.fixture
def file(tmp_path):
    np.savez(tmp_path / "a.npz", x=X, ids=IDS, y=Y, grey=X[..., 0], short=X[:3], one=np.float32(1))
    return tmp_path / "a.npz"


def test_images_and_classes(file):
    adapter = Arrays(data_source=file, inputs={"image": "x"}, label_key="y")
    items = check_adapter(adapter)
    assert [item.annotation for item in items] == [ClassLabel(int(y)) for y in Y]
    assert [item.stratum for item in items] == Y.tolist()
    sample = adapter.read(items[2])
    np.testing.assert_array_equal(sample.image, X[2])
    assert sample.geometry == Geometry(4, 6, 4, 6)
    assert sample.source == f"{file} entry 2"


def test_grey_images(file):
    adapter = Arrays(data_source=file, inputs={"image": "grey"})
    items = check_adapter(adapter)
    np.testing.assert_array_equal(adapter.read(items[1]).image, np.dstack([X[1, ..., 0]] * 3))


def test_several_inputs_without_labels(tmp_path):
    np.savez(tmp_path / "a.npz", ids=IDS, mask=IDS > 500)
    adapter = Arrays(data_source=tmp_path / "a.npz")
    items = check_adapter(adapter)
    sample = adapter.read(items[4])
    assert sample.data.keys() == {"ids", "mask"}
    np.testing.assert_array_equal(sample.data["ids"], IDS[4])
    assert sample.data["mask"].dtype == np.bool_
    assert (sample.annotation, sample.geometry) == (None, None)


def test_folder_of_npy(tmp_path):
    for name, array in {"x_test": X, "y_test": Y * 0.5, "x_train": X[:2]}.items():
        np.save(tmp_path / f"{name}.npy", array)
    adapter = Arrays(
        data_source=tmp_path, inputs={"image": "x_test"}, label_key="y_test", target="values"
    )
    items = check_adapter(adapter)
    assert [item.annotation.values.tolist() for item in items] == [[y * 0.5] for y in Y.tolist()]
    sample = adapter.read(items[0])
    assert type(sample.image) is np.ndarray


@pytest.mark.parametrize(
    ("shape", "dtype", "expected"),
    [
        ((4, 6), np.uint8, (4, 6, 3)),
        ((4, 6, 1), np.uint8, (4, 6, 3)),
        ((4, 6, 3), np.uint8, (4, 6, 3)),
        ((3, 4, 6), np.uint8, None),
        ((4, 6, 3), np.float32, None),
        ((4,), np.uint8, None),
        ((0, 6, 3), np.uint8, None),
    ],
)
def test_what_is_an_image(shape, dtype, expected):
    image = as_image(np.zeros(shape, dtype))
    assert (None if image is None else image.shape) == expected


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"inputs": {"image": "z"}}, "a.npz: there is no array 'z'; there are: grey, ids, one"),
        ({"label_key": "z", "inputs": {"a": "x"}}, "a.npz: there is no array 'z'"),
        ({"inputs": {"a": "x", "b": "short"}}, "a.npz: the arrays differ in length: x 5, short 3"),
        ({"inputs": {"a": "one"}}, "a.npz: array 'one' is a single number"),
        ({"inputs": {"a": "x"}, "label_key": "ids"}, "a.npz[ids]: the array is [5, 7], but target"),
        ({"inputs": {"a": "x"}, "label_key": "short"}, "a.npz: the arrays differ in length"),
    ],
)
def test_problems(file, parameters, message):
    with pytest.raises(CalibrateError) as caught:
        Arrays(data_source=file, **parameters).items()
    assert str(caught.value).removeprefix(f"{file.parent}/").startswith(message)


def test_labels_beyond_the_names(file):
    (file.parent / "labels.txt").write_text("a\nb\nc\n")
    adapter = Arrays(
        data_source=file, inputs={"a": "x"}, label_key="y", labels=file.parent / "labels.txt"
    )
    with pytest.raises(CalibrateError) as caught:
        adapter.items()
    assert str(caught.value) == f"{file}[y] row 0: label 3 is out of range: there are 3 label names"


def test_nothing_in_it(tmp_path):
    np.savez(tmp_path / "a.npz", x=X[:0])
    with pytest.raises(CalibrateError, match="the arrays have no entries"):
        Arrays(data_source=tmp_path / "a.npz").items()
    with pytest.raises(CalibrateError, match="there is no array but the labels"):
        Arrays(data_source=tmp_path / "a.npz", label_key="x").items()
    with pytest.raises(ValidationError, match="is an input and the label at once"):
        Arrays(data_source=tmp_path / "a.npz", inputs={"a": "x"}, label_key="x")


@pytest.mark.parametrize("shape", [(3, 4, 5), (3, 2, 4, 5)])
def test_masks(tmp_path, shape):
    masks = np.random.default_rng(0).integers(0, 3, shape).astype(np.int64)
    masks[0].flat[0] = 255
    volumes = np.zeros((3, 1, *shape[1:]), np.float32)
    np.savez(tmp_path / "a.npz", image=volumes, mask=masks)
    adapter = Arrays(
        data_source=tmp_path / "a.npz", label_key="mask", target="mask", ignore_mask=255
    )
    items = adapter.items()
    target = adapter.read(items[0]).annotation
    assert target.mask.dtype == np.uint8
    assert target.ignore == 255
    np.testing.assert_array_equal(target.mask, masks[0])


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros((2, 3), np.uint8), "masks are integers"),
        (np.zeros((2, 3, 3), np.float32), "masks are integers"),
    ],
)
def test_what_is_no_mask(tmp_path, mask, message):
    np.savez(tmp_path / "a.npz", image=np.zeros((2, 3)), mask=mask)
    adapter = Arrays(data_source=tmp_path / "a.npz", label_key="mask", target="mask")
    with pytest.raises(CalibrateError, match=message):
        adapter.items()
