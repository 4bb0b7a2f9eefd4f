import pytest
from PIL import Image

from calibrate.datasets.formats.image_sizes import image_size
from calibrate.datasets.formats.images import read_image
from calibrate.errors import CalibrateError


@pytest.mark.parametrize("orientation", [None, *range(1, 9)])
def test_as_it_is_decoded(tmp_path, orientation):
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    Image.new("RGB", (20, 10)).save(path, exif=exif)
    assert image_size(path) == read_image(path).shape[:2]
    assert image_size(path) == ((20, 10) if (orientation or 1) > 4 else (10, 20))


def test_what_is_no_image(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"hello")
    with pytest.raises(CalibrateError, match=r"a.jpg: this is not an image"):
        image_size(tmp_path / "a.jpg")
