import json

import pytest
from PIL import Image

from calibrate.commands.new.data_guess import DataGuess
from calibrate.commands.new.guess_dataset import guess_data
from calibrate.commands.new.guess_preprocessing import Preprocessing, normalizations, variations
from calibrate.commands.new.guess_task import guess_tasks
from calibrate.errors import CalibrateError


def image(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4)).save(path)


def folders(root):
    image(root / "cat" / "a.png")
    image(root / "dog" / "b.png")


def a_list(root):
    image(root / "images" / "a.png")
    (root / "labels.txt").write_text("cat\ndog\n")
    (root / "train.txt").write_text("images/a.png 1\n")
    (root / "val.txt").write_text("images/a.png 1\n")


def coco(root):
    image(root / "val2017" / "1.jpg")
    content = {"images": [{"id": 1, "file_name": "1.jpg"}], "annotations": [], "categories": []}
    (root / "annotations").mkdir()
    (root / "annotations" / "instances_val2017.json").write_text(json.dumps(content))


def voc(root):
    image(root / "JPEGImages" / "1.jpg")
    for name in ("Annotations", "SegmentationClass", "ImageSets/Main", "ImageSets/Segmentation"):
        (root / name).mkdir(parents=True)
    (root / "ImageSets/Main/train.txt").write_text("1\n")
    (root / "ImageSets/Main/val.txt").write_text("1\n")
    (root / "ImageSets/Segmentation/trainval.txt").write_text("1\n")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (folders, [("image_folder", "class"), ("images", "none")]),
        (coco, [("mscoco_detection", "boxes"), ("images", "none")]),
        (
            voc,
            [("voc_detection", "boxes"), ("voc_segmentation", "mask"), ("images", "none")],
        ),
        (a_list, [("image_list", "class"), ("image_list", "class"), ("images", "none")]),
        (lambda root: image(root / "a.png"), [("images", "none")]),
    ],
)
def test_folders(tmp_path, make, expected):
    make(tmp_path)
    data = guess_data(tmp_path)
    assert [(guess.adapter["type"], guess.truth) for guess in data] == expected


def test_the_validation_part_comes_first(tmp_path):
    a_list(tmp_path)
    first = guess_data(tmp_path)[0].adapter
    assert first["annotation"] == tmp_path / "val.txt"
    assert first["labels"] == tmp_path / "labels.txt"
    voc(tmp_path)
    assert guess_data(tmp_path)[0].adapter["split"] == "val"


@pytest.mark.parametrize("name", ["nothing", "empty"])
def test_nothing_there(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.json").write_text("{")
    with pytest.raises(CalibrateError):
        guess_data(tmp_path / name)


def data_of(adapter, content=None, **fields):
    """A layout of some adapter."""
    kind = content or ("text" if adapter == "jsonl" else "images")
    return DataGuess({"type": adapter}, "none", "", content=kind, **fields)


@pytest.mark.parametrize(
    ("shapes", "truth", "decoders"),
    [
        ({"probs": (-1, 1000)}, "class", ["classification", "classification"]),
        ({"out": (1, 1000, 1, 1)}, "class", ["classification", "classification"]),
        ({"detection_out": (1, 1, 100, 7)}, "boxes", ["ssd"]),
        ({"boxes": (1, 1917, 4), "scores": (1, 1917, 80)}, "boxes", ["boxes_scores"]),
        ({"output0": (1, 84, 8400)}, "boxes", ["yolov8"]),
        ({"output0": (1, 300, 6)}, "boxes", ["detection_list"]),
        ({"output": (1, 25200, 85)}, "boxes", ["yolo_v5", "yolox"]),
        ({"classes": (1, 513, 513)}, "mask", ["segmentation"]),
        ({"logits": (1, 21, 65, 65)}, "mask", ["segmentation"]),
    ],
)
def test_tasks(shapes, truth, decoders):
    task = next(t for t in guess_tasks(shapes, data_of("mscoco_detection")) if t.truth == truth)
    types = [decoder["type"] for decoder in task.decoders]
    assert set(decoders) <= set(types)
    if truth != "boxes":
        assert types[: len(decoders)] == decoders


@pytest.mark.parametrize(
    ("shapes", "decoder", "metrics"),
    [
        ({"output0": (1, 84, 8400)}, "yolov8", ["agreement"]),
        ({"output0": (1, 300, 6)}, "detection_list", ["agreement"]),
        ({"logits": (1, 21, 65, 65)}, "segmentation", ["agreement"]),
        ({"probs": (1, 1000)}, "classification", ["agreement"]),
        ({"logits": (1, 16, 30522)}, "token_scores", ["agreement"]),
        ({"a": (1, 3), "b": (1, 5)}, "raw", ["relative_error", "cosine_similarity"]),
        ({"a": (1, 3), "b": (1, 1)}, "raw", ["relative_error"]),
    ],
)
def test_without_labels_decisions_are_compared(shapes, decoder, metrics):
    task = guess_tasks(shapes, data_of("jsonl" if decoder == "token_scores" else "images"))[-1]
    assert (task.truth, task.decoders[0]["type"]) == ("none", decoder)
    assert [metric["type"] for metric in task.metrics] == metrics


@pytest.mark.parametrize(
    ("adapter", "metric"), [("mscoco_detection", "coco_precision"), ("voc_detection", "map")]
)
def test_metric_of_detection(adapter, metric):
    tasks = guess_tasks({"out": (1, 1, 10, 7)}, data_of(adapter))
    (section,) = next(task.metrics for task in tasks if task.truth == "boxes")
    assert section["type"] == metric


PROTOTYPES = {"output0": (1, 39, 150), "output1": (1, 32, 80, 80)}
SEGM = {"type": "coco_precision", "iou_type": "segm"}
ONE_POSE = {"type": "coco_precision", "iou_type": "keypoints"}
FIVE_POINTS = {**ONE_POSE, "sigmas": [0.2] * 5}
BOXES = {"type": "coco_precision"}


@pytest.mark.parametrize(
    ("shapes", "data", "truth", "decoder", "metrics"),
    [
        (PROTOTYPES, {}, "instances", {"type": "yolo_segmentation"}, [SEGM, BOXES]),
        (
            {"output0": (1, 56, 150)},
            {"class_count": 1, "keypoints": 17},
            "poses",
            {"type": "yolo_pose", "keypoints": 17},
            [ONE_POSE, BOXES],
        ),
        (
            {"output0": (1, 21, 150)},
            {"class_count": 2, "keypoints": 5},
            "poses",
            {"type": "yolo_pose", "keypoints": 5},
            [FIVE_POINTS, BOXES],
        ),
        ({"p": (1, 1)}, {}, "class", {"type": "classification"}, ["accuracy", "roc_auc_score"]),
        ({"y": (1, 3)}, {}, "values", {"type": "regression"}, ["r2_score"]),
        (
            {"start_logits": (1, 64), "end_logits": (1, 64)},
            {"content": "text"},
            "span",
            {"type": "span"},
            ["span_f1", "span_exact_match"],
        ),
    ],
)
def test_decoder_and_metrics_of_a_task(shapes, data, truth, decoder, metrics):
    tasks = guess_tasks(shapes, data_of("mscoco_detection", **data))
    task = next(task for task in tasks if task.truth == truth)
    assert task.decoders[0] == decoder
    assert list(task.metrics) == [{"type": m} if isinstance(m, str) else m for m in metrics]


def test_rows_without_room_for_the_keypoints_are_boxes():
    data = data_of("mscoco_detection", class_count=1, keypoints=17)
    assert "poses" not in {task.truth for task in guess_tasks({"output0": (1, 84, 8400)}, data)}


def test_a_vector_may_be_scores_or_an_embedding():
    tasks = guess_tasks({"out": (1, 128)}, data_of("image_folder"))
    decoders = [task.decoders[0]["type"] for task in tasks if task.truth == "class"]
    assert decoders == ["classification", "embedding"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (
            Preprocessing(224, 224, "-1 to 1", resize="crop"),
            [
                {"type": "resize", "shorter_side": 256},
                {"type": "crop", "size": 224},
                {"type": "normalization", "preset": "tf"},
            ],
        ),
        (
            Preprocessing(240, 320, "pixels 0 to 255", bgr=True),
            [{"type": "resize", "dst_height": 240, "dst_width": 320}, {"type": "rgb_to_bgr"}],
        ),
        (
            Preprocessing(64, 64, "0 to 1", resize="letterbox", bits=12),
            [
                {"type": "window", "bits": 12},
                {"type": "letterbox", "size": 64},
                {"type": "normalization", "preset": "unit"},
            ],
        ),
        (
            Preprocessing(28, 28, "0 to 1", resize="none", gray=True),
            [{"type": "grayscale"}, {"type": "normalization", "preset": "unit"}],
        ),
    ],
)
def test_steps(wanted, expected):
    assert list(wanted.steps()) == expected


def test_what_is_tried():
    start = Preprocessing(32, 32, "0 to 1")
    assert len(list(normalizations(start))) == 4
    assert [(v.bgr, v.resize) for v in variations(start, crops=True)] == [
        (True, "plain"),
        (False, "crop"),
    ]
    assert list(variations(Preprocessing(1, 1, "0 to 1", gray=True), crops=False)) == []
    assert [v.resize for v in variations(start, crops=False, letterboxes=True)] == [
        "plain",
        "letterbox",
    ]
