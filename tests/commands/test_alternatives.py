"""One change of a config at a time."""

import pytest

from calibrate.commands.alternatives import decoder_alternatives, preprocessing_alternatives

UNIT = {"type": "normalization", "preset": "unit"}
TF = {"type": "normalization", "preset": "tf"}
IMAGENET = {"type": "normalization", "preset": "imagenet"}
CAFFE = {"type": "normalization", "preset": "caffe"}
BGR = {"type": "rgb_to_bgr"}
RESIZE = {"type": "resize", "size": 224}
SHORTER = {"type": "resize", "shorter_side": 256}
CROP = {"type": "crop", "size": 224}
GRAY = {"type": "grayscale"}


def named(steps):
    return {
        alternative.name: list(alternative.preprocessing)
        for alternative in preprocessing_alternatives(steps, {"type": "classification"})
    }


@pytest.mark.parametrize(
    ("steps", "name", "expected"),
    [
        ([UNIT], "BGR", [BGR, UNIT]),
        ([BGR, UNIT], "RGB", [UNIT]),
        ([{"type": "bgr_to_rgb"}], "RGB", []),
        ([RESIZE], "BGR", [RESIZE, BGR]),
        ([GRAY, UNIT], "BGR", None),
        ([UNIT], "pixels 0 to 255", []),
        ([RESIZE], "values of 0 to 1", [RESIZE, UNIT]),
        ([RESIZE, UNIT, GRAY], "values of -1 to 1", [RESIZE, TF, GRAY]),
        ([BGR, UNIT], "ImageNet's mean and deviation", [BGR, IMAGENET]),
        ([RESIZE, BGR], "Caffe's means", [RESIZE, BGR, CAFFE]),
        ([UNIT], "Caffe's means", [{"type": "normalization", "mean": [123.68, 116.779, 103.939]}]),
        ([GRAY, UNIT], "Caffe's means", None),
        ([SHORTER, CROP], "a plain resize", [{**SHORTER, "shorter_side": None, "size": 224}]),
        (
            [RESIZE, UNIT],
            "shorter side and centre crop",
            [
                {
                    "type": "resize",
                    "size": None,
                    "dst_height": None,
                    "dst_width": None,
                    "shorter_side": 256,
                },
                CROP,
                UNIT,
            ],
        ),
        ([RESIZE, CROP], "shorter side and centre crop", None),
        ([], "a plain resize", None),
    ],
)
def test_preprocessing(steps, name, expected):
    assert named(steps).get(name) == expected


def test_a_step_stays_with_its_input():
    changed = named([{**UNIT, "input": "left"}])["values of -1 to 1"]
    assert changed == [{**TF, "input": "left"}]


@pytest.mark.parametrize(
    ("decoder", "parameters", "expected"),
    [
        ({"type": "classification"}, ["background_offset"], {"background_offset: 1": 1}),
        (
            {"type": "classification", "background_offset": 1},
            ["background_offset"],
            {"background_offset: 0": None},
        ),
        ({"type": "raw"}, [], {}),
        (
            {"type": "ssd", "label_offset": -1},
            ["label_offset"],
            {"label_offset: 0": None, "label_offset: 1": 1},
        ),
        (
            {"type": "ssd", "label_map": "coco_91_to_80"},
            ["label_map"],
            {"no label_map": None, "label_map: coco_80_to_91": "coco_80_to_91"},
        ),
    ],
)
def test_class_numbers(decoder, parameters, expected):
    changed = {
        alternative.name: alternative.decoder.get(
            alternative.name.split(":")[0].removeprefix("no ")
        )
        for alternative in decoder_alternatives([], decoder, parameters)
    }
    assert changed == expected
