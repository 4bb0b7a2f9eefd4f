import json
import tracemalloc

import pytest

from calibrate.datasets.formats.coco_json import entries, parse_json
from calibrate.errors import CalibrateError


def test_only_what_is_used_is_kept():
    text = json.dumps(
        {
            "info": {"year": 2017},
            "images": [{"id": 1, "coco_url": "x"}],
            "annotations": [{"id": 2, "segmentation": [[1, 2, 3, 4, 5, 6]], "attributes": [1]}],
        }
    )
    assert parse_json(text, "a.json", segments=False) == {
        "images": [{"id": 1}],
        "annotations": [{"id": 2}],
    }
    outlined = parse_json(text, "a.json", segments=True)
    assert outlined["annotations"][0]["segmentation"][0].tolist() == [1, 2, 3, 4, 5, 6]


def test_the_peak_is_far_below_that_of_the_whole_document():
    ring = [round(i * 1.37, 2) for i in range(60)]
    entry = {"id": 1, "image_id": 1, "segmentation": [ring], "bbox": [1.5, 2.5, 3.5, 4.5]}
    text = json.dumps({"annotations": [entry] * 3000})

    def peak(read):
        tracemalloc.start()
        held = read()
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        del held
        return size

    whole = peak(lambda: json.loads(text))
    assert peak(lambda: parse_json(text, "a.json", segments=False)) < 0.4 * whole
    assert peak(lambda: parse_json(text, "a.json", segments=True)) < 0.6 * whole


def test_entries_have_their_places():
    problems: list[CalibrateError] = []
    document = {"images": [{"id": 1}, 3, {"id": 2}]}
    result = list(entries(document, "images", "a.json", problems))
    assert result == [("a.json images[0]", {"id": 1}), ("a.json images[2]", {"id": 2})]
    assert [str(problem) for problem in problems] == ["a.json images[1]: this is not an object"]


@pytest.mark.parametrize("document", [None, [], {}, {"images": {}}])
def test_there_is_no_such_list(document):
    problems: list[CalibrateError] = []
    assert list(entries(document, "images", "a.json", problems)) == []
    assert problems[0].message == "there is no list 'images'"


def test_keypoints_are_arrays_and_their_names_lists():
    text = '{"annotations": [{"keypoints": [1, 2.5, 2]}], "categories": [{"keypoints": ["nose"]}]}'
    document = parse_json(text, "a.json", segments=False)
    assert document["annotations"][0]["keypoints"].tolist() == [1, 2.5, 2]
    assert document["categories"][0]["keypoints"] == ["nose"]
