import numpy as np
import pytest
from PIL import Image

from calibrate.datasets.formats.mask_survey import MaskSurvey, check_ids, survey_masks
from calibrate.datasets.formats.masks import MaskCoding
from calibrate.errors import CalibrateError


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([0, 255], True),
        ([0, 127, 255], True),
        ([0, 128, 255], True),
        ([0, 85, 170, 255], True),
        ([0, 1, 255], False),
        ([0, 1, 2], False),
        ([0], False),
        (range(256), False),
    ],
)
def test_grey_levels(ids, expected):
    assert MaskSurvey(dict.fromkeys(ids, 1), 1, 1).looks_like_grey_levels() is expected


def test_pixels_are_counted_over_masks_that_can_be_read(tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path, row in zip(paths, ([0, 1], [1, 255]), strict=False):
        Image.fromarray(np.array([row], np.uint8)).save(path)
    survey = survey_masks(paths, MaskCoding())
    assert survey == MaskSurvey({0: 1, 1: 2, 255: 1}, 2, 3)
    assert survey.share(255) == 0.25


EDGES = {0: 900, 255: 100, 3: 5, 251: 5}
SMOOTH = {0: 9000, 255: 1000} | dict.fromkeys(range(1, 200), 5)


@pytest.mark.parametrize(
    ("pixels", "lossy", "message"),
    [
        (EDGES, True, "JPEG files, which change values at edges: 2 values .* threshold: 128"),
        ({0: 5, 7: 5, 9: 5}, True, "JPEG files, which change values at edges: 2 values"),
        (SMOOTH, False, "smoothed at edges: 199 values .* threshold: 128"),
        (EDGES, False, ""),
        ({0: 900, 255: 100}, True, ""),
        ({0: 900, 255: 100} | dict.fromkeys(range(1, 150), 500), False, ""),
    ],
)
def test_values_between_classes_are_refused(tmp_path, pixels, lossy, message):
    survey = MaskSurvey(pixels, 1, 1, lossy)
    if not message:
        check_ids(survey, tmp_path)
        return
    with pytest.raises(CalibrateError, match=message):
        check_ids(survey, tmp_path)
