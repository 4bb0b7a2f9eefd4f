import numpy as np
import pytest
from PIL import Image

from calibrate.commands.new.data_guess import DataGuess
from calibrate.commands.new.image_bits import with_bits


def save(path, values, intercept):
    if path.suffix == ".png":
        Image.fromarray(values).save(path)
        return
    pydicom = pytest.importorskip("pydicom")
    dataset = pydicom.dataset.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    dataset.Rows, dataset.Columns = values.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation, dataset.PixelData = 0, values.tobytes()
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, intercept
    dataset.save_as(path, enforce_file_format=True)


@pytest.mark.parametrize(
    ("name", "highest", "intercept", "expected"),
    [
        ("a.png", 255, 0, ({"bits": 10}, 10, "values up to 255: 10 bits are a guess")),
        ("a.png", 4000, 0, ({"bits": 12}, 12, "values up to 4000: 12 bits are a guess")),
        ("a.dcm", 4000, 0, ({}, 12, "values up to 4000: 12 bits are a guess")),
        ("a.dcm", 3000, -1024, ({}, None, "values from -1024 to 1976, such as Hounsfield units")),
    ],
)
def test_bits(tmp_path, name, highest, intercept, expected):
    save(tmp_path / name, np.array([[0, highest]] * 2, np.uint16), intercept)
    adapter = {"type": "images", "data_source": tmp_path}
    data, bits = with_bits(DataGuess(adapter, "none", ""))
    parameters, expected_bits, doubt = expected
    assert dict(data.adapter) == {**adapter, **parameters}
    assert bits == expected_bits
    assert doubt in data.doubts[0]


def test_images_of_8_bits(tmp_path):
    Image.new("RGB", (2, 2)).save(tmp_path / "a.png")
    data = DataGuess({"type": "images", "data_source": tmp_path}, "none", "")
    assert with_bits(data) == (data, None)
