import pytest

from calibrate.migrate.box_converters import limit_labels
from calibrate.migrate.draft import Draft
from calibrate.migrate.notes import Notes


@pytest.mark.parametrize(
    ("adapter", "decoder", "metrics", "kinds", "labels"),
    [
        ({"type": "wider"}, {"type": "ssd"}, ["map"], [], [1]),
        ({"type": "wider", "label_start": 0}, {"type": "ssd"}, ["map"], [], [0]),
        ({"type": "wider"}, {"type": "ssd"}, ["coco_precision"], ["differs"], None),
        ({"type": "cvat_object_detection"}, {"type": "ssd"}, ["map"], ["check"], None),
        (
            {"type": "cvat_object_detection"},
            {"type": "yolo_v2", "classes": 80},
            ["map"],
            ["differs"],
            None,
        ),
        ({"type": "voc_detection"}, {"type": "ssd"}, ["map"], [], None),
        (None, None, ["agreement"], [], None),
    ],
)
def test_classes_of_the_dataset(adapter, decoder, metrics, kinds, labels):
    """The Accuracy Checker evaluates the classes of the dataset alone."""
    draft = Draft("net", Notes(), adapter=adapter, decoder=decoder)
    draft.metrics = [{"type": kind} for kind in metrics]
    limit_labels(draft, "metrics")
    assert [note.kind for note in draft.notes.entries] == kinds
    assert draft.metrics[0].get("labels") == labels
