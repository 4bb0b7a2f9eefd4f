import numpy as np
import pytest

from calibrate.datasets.adapters.volumes import Volumes
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

nibabel = pytest.importorskip("nibabel")

SHAPE = (4, 5, 6)
"""D, H, W."""


def save(path, values, spacing=(1.0, 1.0, 1.0)):
    """Write [D, H, W]; NIfTI has x, y, z."""
    image = nibabel.Nifti1Image(values.transpose(2, 1, 0), np.diag([*spacing[::-1], 1.0]))
    path.parent.mkdir(exist_ok=True)
    nibabel.save(image, path)


@pytest.fixture
def folders(tmp_path):
    rng = np.random.default_rng(0)
    for case in ("c1", "c2"):
        values = rng.integers(-1000, 1000, SHAPE).astype(np.int16)
        save(tmp_path / f"images/{case}_0000.nii.gz", values, (3.0, 1.0, 2.0))
        save(tmp_path / f"labels/{case}.nii.gz", (values > 0).astype(np.uint8), (3.0, 1.0, 2.0))
    return {
        "images_dir": tmp_path / "images",
        "masks_dir": tmp_path / "labels",
        "image_suffixes": "_0000",
    }


@pytest.mark.parametrize("axes", ["ZYX", "XYZ"])
def test_volumes_and_labels(folders, axes):
    adapter = Volumes(**folders, axes=axes, classes=("no", "yes"))
    items = check_adapter(adapter)
    assert [item.id for item in items] == ["c1", "c2"]
    sample = adapter.read(items[0])
    shape = SHAPE if axes == "ZYX" else SHAPE[::-1]
    assert sample.image.shape == (1, *shape)
    assert sample.image.dtype == np.float32
    assert sample.annotation.ignore is None
    np.testing.assert_array_equal(sample.image[0] > 0, sample.annotation.mask == 1)


def test_patches_count_each_voxel_once(folders):
    whole = Volumes(**folders)
    adapter = Volumes(**folders, patch_size=(3, 5, 4), pad_value=-1024)
    items = check_adapter(adapter)
    assert [item.id for item in items[:4]] == ["c1#0", "c1#1", "c1#2", "c1#3"]
    assert len(items) == 8
    target = whole.read(whole.items()[0]).annotation.mask
    counted = np.zeros(2, np.int64)
    for item in items[:4]:
        sample = adapter.read(item)
        assert sample.image.shape == (1, 3, 5, 4)
        mask = sample.annotation.mask
        assert sample.annotation.ignore == 255
        np.testing.assert_array_equal((sample.image[0] > 0)[mask < 255], mask[mask < 255] == 1)
        counted += np.bincount(mask[mask < 255], minlength=2)
    np.testing.assert_array_equal(counted, np.bincount(target.ravel()))


def test_a_patch_larger_than_the_volume(folders):
    adapter = Volumes(**folders, patch_size=(8, 8, 8), pad_value=-1024)
    sample = adapter.read(adapter.items()[0])
    assert sample.image.shape == (1, 8, 8, 8)
    assert sample.image[0, 7, 7, 7] == -1024
    assert np.count_nonzero(sample.annotation.mask < 255) == np.prod(SHAPE)


def test_spacing(folders):
    adapter = Volumes(**folders, spacing=(1.5, 1.0, 2.0))
    sample = adapter.read(adapter.items()[0])
    assert sample.image.shape == (1, 8, 5, 6)
    assert sample.annotation.mask.shape == (8, 5, 6)
    assert set(np.unique(sample.annotation.mask)) == {0, 1}


def test_channels(folders, tmp_path):
    for case in ("c1", "c2"):
        save(tmp_path / f"images/{case}_0001.nii.gz", np.ones(SHAPE, np.float32))
    adapter = Volumes(**{**folders, "image_suffixes": ["_0000", "_0001"]})
    sample = adapter.read(adapter.items()[0])
    assert sample.image.shape == (2, *SHAPE)
    assert (sample.image[1] == 1).all()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"image_suffixes": "_9"}, "no volume whose name ends in '_9'"),
        ({"image_suffixes": ["_0000", "_0001"]}, "'c1' has no channel _0001"),
        ({"mask_suffix": "_seg"}, "no label volume for 'c1'"),
    ],
)
def test_files_that_are_missing(folders, fields, message):
    with pytest.raises(CalibrateError, match=message):
        Volumes(**{**folders, **fields}).items()


def test_a_label_of_no_class(folders):
    adapter = Volumes(**folders, classes=("no",))
    with pytest.raises(CalibrateError, match="the label 1 is none of the 1 classes"):
        adapter.read(adapter.items()[0])
    mapped = Volumes(**folders, classes=("no",), label_map={1: 0})
    assert not mapped.read(mapped.items()[0]).annotation.mask.any()


def test_a_file_that_is_no_volume(folders):
    path = folders["images_dir"] / "c1_0000.nii.gz"
    path.write_bytes(b"text")
    adapter = Volumes(**folders)
    with pytest.raises(CalibrateError, match="this is not a NIfTI file"):
        adapter.read(adapter.items()[0])
