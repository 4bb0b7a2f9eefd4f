"""DICOM images and series, written by pydicom."""

import numpy as np
import pytest

from calibrate.datasets.adapters.images import Images
from calibrate.datasets.formats.dicom import read_dicom_image, read_dicom_series
from calibrate.errors import CalibrateError

pydicom = pytest.importorskip("pydicom")


def save(path, values, **fields):
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    dataset = pydicom.dataset.Dataset()
    dataset.file_meta = meta
    dataset.Rows, dataset.Columns = values.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = int(values.dtype.kind == "i")
    dataset.PixelData = values.tobytes()
    for name, value in fields.items():
        setattr(dataset, name, value)
    path.parent.mkdir(exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)


VALUES = np.array([[0, 1000], [2000, 4095]], np.uint16)


@pytest.mark.parametrize(
    ("fields", "expected", "dtype"),
    [
        ({}, VALUES, np.uint16),
        ({"RescaleSlope": 1, "RescaleIntercept": -1024}, VALUES - 1024.0, np.float32),
        ({"RescaleSlope": 2, "RescaleIntercept": 0}, VALUES * 2.0, np.uint16),
        ({"PhotometricInterpretation": "MONOCHROME1"}, 4095 - VALUES, np.uint16),
    ],
)
def test_pixels(tmp_path, fields, expected, dtype):
    save(tmp_path / "a.dcm", VALUES, **fields)
    pixels = read_dicom_image(tmp_path / "a.dcm")
    assert pixels.dtype == dtype
    np.testing.assert_array_equal(pixels, np.repeat(expected[..., None], 3, 2))


def test_adapters_of_images_read_dicom(tmp_path):
    save(tmp_path / "x/a.dcm", VALUES)
    adapter = Images(data_source=tmp_path / "x")
    assert adapter.read(adapter.items()[0]).image.max() == 4095


def slices(folder, positions, series="1.2"):
    for number, z in enumerate(positions):
        save(
            folder / f"{number}.dcm",
            np.full((2, 3), z, np.uint16),
            SeriesInstanceUID=series,
            ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
            ImagePositionPatient=[0, 0, z],
            PixelSpacing=[0.5, 0.25],
        )
    return sorted(folder.glob("*.dcm"))


def test_series_in_the_order_of_positions(tmp_path):
    volume, spacing = read_dicom_series(slices(tmp_path, [4, 0, 2]), "x")
    assert volume.shape == (3, 2, 3)
    assert volume[:, 0, 0].tolist() == [0, 2, 4]
    assert spacing == (2.0, 0.5, 0.25)


def test_a_missing_slice(tmp_path):
    with pytest.raises(CalibrateError, match="slices are 2 to 4 mm apart"):
        read_dicom_series(slices(tmp_path, [0, 2, 6]), "x")


def test_a_file_that_is_no_dicom(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"text")
    with pytest.raises(CalibrateError, match="this is not a DICOM file"):
        read_dicom_image(tmp_path / "a.dcm")
