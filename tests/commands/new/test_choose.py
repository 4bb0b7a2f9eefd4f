import numpy as np
import pytest

from calibrate.commands.new.choose import Tried, chosen
from calibrate.commands.new.guess_preprocessing import Preprocessing
from calibrate.commands.new.trials import Score

STEPS = Preprocessing(320, 320, "pixels 0 to 255")
OTHER = Preprocessing(320, 320, "0 to 1")


def tried(decoder, value, steps=STEPS):
    return Tried(steps, decoder, Score(value, np.zeros(0)))


@pytest.mark.parametrize(
    ("trials", "expected"),
    [
        # Rows of RT-DETR hardly gain by suppression, those of YOLO collapse without it.
        ([tried({"type": "yolov8"}, 0.193), tried({"type": "detr"}, 0.187)], 1),
        ([tried({"type": "yolov8"}, 0.4), tried({"type": "detr"}, 0.2)], 0),
        # Only the same preprocessing and the same numbering of classes are compared.
        ([tried({"type": "yolov8"}, 0.4), tried({"type": "detr"}, 0.39, OTHER)], 0),
        (
            [
                tried({"type": "yolov8", "label_offset": 1}, 0.4),
                tried({"type": "detr"}, 0.39),
                tried({"type": "detr", "label_offset": 1}, 0.385),
            ],
            2,
        ),
        ([tried({"type": "yolo_v5"}, 0.4), tried({"type": "detr"}, 0.399)], 0),
    ],
)
def test_suppression_is_left_out_where_it_gains_little(trials, expected):
    assert chosen(trials) is trials[expected]
