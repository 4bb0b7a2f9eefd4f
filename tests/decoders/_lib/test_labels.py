import pytest

from calibrate.decoders._lib.labels import COCO_IDS, dataset_ids
from calibrate.errors import CalibrateError


@pytest.mark.parametrize(
    ("count", "offset", "label_map", "expected"),
    [
        (3, 0, None, [0, 1, 2]),
        (3, 1, None, [1, 2, 3]),
        (3, -1, None, [-1, 0, 1]),
        (3, -2, None, [-1, -1, 0]),
        (3, 0, (7, -1, 9), [7, -1, 9]),
        (3, -1, (7, 8), [-1, 7, 8]),
        (3, 0, {0: 5, 2: 6}, [5, -1, 6]),
        (3, 1, {1: 5}, [5, -1, -1]),
        (0, 0, (), []),
        (13, 0, "coco_80_to_91", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14]),
        (15, 0, "coco_91_to_80", [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -1, 11, 12]),
    ],
)
def test_ids(count, offset, label_map, expected):
    assert dataset_ids(count, offset, label_map).tolist() == expected


def test_coco_has_80_classes_of_which_the_last_is_the_toothbrush():
    assert len(COCO_IDS) == 80
    assert COCO_IDS[-1] == 90


def test_a_list_that_is_too_short():
    with pytest.raises(CalibrateError, match="label_map has 2 entries, and class 2 has none"):
        dataset_ids(3, 0, (1, 2))
