import pytest

from calibrate.migrate.converter_data import Data
from calibrate.migrate.converters import adapter_of
from calibrate.migrate.keys import Keys
from calibrate.migrate.notes import Notes
from calibrate.migrate.places import Places


def converted(
    conversion: dict[str, object], source: str | None = None, masks: str | None = None
) -> tuple[dict | None, Notes]:
    notes = Notes()
    places = Places(source="data")
    data = Data(places, source and places.data(source), masks and places.data(masks))
    return adapter_of(Keys(conversion, "conversion", notes), data), notes


@pytest.mark.parametrize(
    ("conversion", "source", "ours"),
    [
        (
            {"converter": "imagenet", "annotation_file": "val.txt", "has_background": True},
            "images",
            {
                "type": "imagenet",
                "annotation": "data/val.txt",
                "data_source": "data/images",
                "names_only": True,
            },
        ),
        (
            {"converter": "wider", "annotation_file": "split/val.txt", "label_start": 0},
            "images",
            {
                "type": "wider",
                "annotation_file": "data/split/val.txt",
                "images_dir": "data/images",
                "label_start": 0,
                "bad_objects": "drop",
            },
        ),
        (
            {
                "converter": "cvat_object_detection",
                "annotation_file": "a.xml",
                "labels_file": "l.json",
                "has_background": True,
            },
            "images",
            {
                "type": "cvat_object_detection",
                "annotation_file": "data/a.xml",
                "images_dir": "data/images",
                "labels_file": "data/l.json",
                "bad_objects": "drop",
            },
        ),
        (
            {"converter": "market1501_reid", "data_dir": "Market"},
            "other",
            {"type": "market1501_reid", "data_source": "data/Market"},
        ),
        (
            {"converter": "veri776_reid", "data_dir": "VeRi"},
            None,
            {
                "type": "market1501_reid",
                "data_source": "data/VeRi",
                "query_folder": "image_query",
                "gallery_folder": "image_test",
            },
        ),
        (
            {
                "converter": "syg_detection",
                "imageset_file": "S/ImageSets/Main/val.txt",
                "annotations_dir": "S/Annotations",
                "has_background": False,
            },
            None,
            {
                "type": "voc_detection",
                "data_source": "data/S",
                "split": "val",
                "has_background": False,
                "one_based": True,
                "classes": ["motor", "truck", "bus", "car"],
            },
        ),
        (
            {"converter": "mscoco_mask_rcnn", "annotation_file": "a.json", "has_background": True},
            "images",
            {
                "type": "mscoco_detection",
                "annotation_file": "data/a.json",
                "images_dir": "data/images",
                "has_background": True,
                "masks": True,
            },
        ),
        (
            {"converter": "cls_dataset_folder", "data_dir": "train"},
            None,
            {"type": "image_folder", "data_source": "data/train"},
        ),
        (
            {
                "converter": "mscoco_detection",
                "annotation_file": "instances.json",
                "has_background": True,
                "sort_annotations": True,
            },
            "val2017",
            {
                "type": "mscoco_detection",
                "annotation_file": "data/instances.json",
                "images_dir": "data/val2017",
                "has_background": True,
            },
        ),
        (
            {
                "converter": "mscoco_detection",
                "annotation_file": "/abs/instances.json",
                "has_background": True,
                "use_full_label_map": True,
            },
            "val2017",
            {
                "type": "mscoco_detection",
                "annotation_file": "/abs/instances.json",
                "images_dir": "data/val2017",
                "use_full_label_map": True,
            },
        ),
        (
            {
                "converter": "voc_detection",
                "annotations_dir": "VOC/Annotations",
                "images_dir": "VOC/JPEGImages/",
                "imageset_file": "VOC/ImageSets/Main/test.txt",
                "has_background": False,
            },
            "VOC/JPEGImages",
            {
                "type": "voc_detection",
                "data_source": "data/VOC",
                "split": "test",
                "has_background": False,
                "one_based": True,
            },
        ),
        (
            {
                "converter": "voc_segmentation",
                "imageset_file": "lists/a/b/val.txt",
                "mask_dir": "masks",
            },
            "images",
            {
                "type": "voc_segmentation",
                "data_source": "data/lists",
                "imageset_file": "data/lists/a/b/val.txt",
                "images_dir": "data/images",
                "mask_dir": "data/masks",
            },
        ),
        (
            {"converter": "yolo_labeling", "annotations_dir": "labels", "images_suffix": ".png"},
            "images",
            {
                "type": "yolo_labeling",
                "images_dir": "data/images",
                "annotations_dir": "data/labels",
            },
        ),
        (
            {"converter": "super_resolution", "data_dir": "sr", "lr_suffix": "lr_x4"},
            "sr",
            {
                "type": "super_resolution",
                "input_dir": "data/sr",
                "target_dir": "data/sr",
                "input_suffix": "lr_x4",
                "target_suffix": "hr",
            },
        ),
        (
            {
                "converter": "common_semantic_segmentation",
                "images_dir": "i",
                "masks_dir": "m",
                "image_postfix": ".jpg",
                "mask_prefix": "m_",
                "mask_postfix": "_mask.png",
            },
            None,
            {
                "type": "mask_pairs",
                "images_dir": "data/i",
                "masks_dir": "data/m",
                "mask_prefix": "m_",
                "mask_suffix": "_mask",
            },
        ),
        (
            {"converter": "fashion_mnist", "annotation_file": "labels", "data_file": "images"},
            None,
            {
                "type": "mnist",
                "labels": "data/labels",
                "images": "data/images",
                "names": "fashion_mnist",
            },
        ),
        (
            {"converter": "cityscapes", "dataset_root_dir": "cs"},
            None,
            {
                "type": "cityscapes",
                "dataset_root_dir": "data/cs",
                "images_subfolder": "imgsFine/leftImg8bit/val",
                "masks_subfolder": "gtFine/val",
                "masks_suffix": "_gtFine_labelTrainIds",
            },
        ),
        (
            {"converter": "cifar", "data_batch_file": "test_batch", "num_classes": 10},
            None,
            {"type": "cifar", "data_source": "data/test_batch"},
        ),
    ],
)
def test_converters(conversion, source, ours):
    adapter, notes = converted(conversion, source)
    assert adapter == ours
    assert notes.full


@pytest.mark.parametrize(
    ("conversion", "where"),
    [
        ({"converter": "icdar_detection"}, ["conversion.converter"]),
        ({"converter": "imagenet"}, ["conversion"]),
        ({"converter": "mscoco_detection", "annotation_file": "a.json"}, ["conversion"]),
        (
            {"converter": "cls_dataset_folder", "data_dir": "a", "depth": 2},
            ["conversion.depth"],
        ),
        (
            {"converter": "super_resolution", "data_dir": "a", "two_streams": True},
            ["conversion.two_streams"],
        ),
    ],
)
def test_what_cannot_be_read_is_reported(conversion, where):
    _, notes = converted(conversion)
    assert [note.where for note in notes.of("lost")] == where


@pytest.mark.parametrize(
    ("places", "path", "expected"),
    [
        (Places(), "a/b.txt", "${DATA_DIR:-.}/a/b.txt"),
        (Places(source="/data"), "a/b.txt", "/data/a/b.txt"),
        (Places(), "/abs/b.txt", "/abs/b.txt"),
        (Places(), "${HOME}/b", "${DATA_DIR:-.}/$${HOME}/b"),
    ],
)
def test_places(places, path, expected):
    assert places.data(path) == expected
