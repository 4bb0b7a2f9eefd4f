"""Layouts of people who trained their own model, and what is taken from them."""

import json

import numpy as np
import pytest
from PIL import Image

from calibrate.commands.new.data_guess import build_adapter
from calibrate.commands.new.guess_dataset import guess_data


def image(path, pixels=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((4, 4, 3), np.uint8) if pixels is None else pixels).save(path)


def text(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def ultralytics(root):
    image(root / "images/val/a.png")
    text(root / "labels/val/a.txt", "0 .5 .5 .1 .1\n")
    text(root / "data.yaml", "path: .\nval: images/val\nnames: [screw]\n")
    return {"type": "yolo_labeling", "data_yaml": root / "data.yaml", "split": "val"}, "boxes"


def yolo_folders(root):
    image(root / "images/a.png")
    text(root / "labels/a.txt", "0 .1 .1 .5 .1 .5 .5\n")
    text(root / "classes.txt", "screw\n")
    return {
        "type": "yolo_labeling",
        "images_dir": root / "images",
        "annotations_dir": root / "labels",
        "labels_file": root / "classes.txt",
        "target": "masks",
    }, "instances"


def yolo_oriented(root):
    image(root / "images/a.png")
    text(root / "labels/a.txt", "0 .1 .1 .5 .1 .5 .5 .1 .5\n")
    places = {"images_dir": root / "images", "annotations_dir": root / "labels"}
    return {"type": "yolo_labeling", **places, "target": "oriented"}, "oriented"


def yolo_poses(root):
    image(root / "images/a.png")
    text(root / "labels/a.txt", "0 .5 .5 .1 .1 .5 .5 2\n")
    places = {"images_dir": root / "images", "annotations_dir": root / "labels"}
    return {"type": "yolo_labeling", **places, "target": "keypoints"}, "poses"


def coco_masks(root):
    image(root / "images/a.png")
    entry = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 2, 2], "area": 4}
    content = {
        "images": [{"id": 1, "file_name": "a.png", "width": 4, "height": 4}],
        "annotations": [{**entry, "segmentation": [[0, 0, 2, 0, 2, 2]]}],
        "categories": [{"id": 1, "name": "screw"}],
    }
    file = root / "annotations/instances_val.json"
    text(file, json.dumps(content))
    places = {"annotation_file": file, "images_dir": root / "images"}
    return {"type": "mscoco_detection", **places, "masks": True}, "instances"


def roboflow(root):
    image(root / "valid/a.png")
    content = {"images": [{"id": 1, "file_name": "a.png"}], "annotations": [], "categories": []}
    file = root / "valid/_annotations.coco.json"
    text(file, json.dumps(content))
    section = {"type": "mscoco_detection", "annotation_file": file, "images_dir": root / "valid"}
    return section, "boxes"


def voc_of_own_classes(root):
    image(root / "JPEGImages/a.png")
    objects = "".join(
        f"<object><name>{name}</name><bndbox><xmin>0</xmin><ymin>0</ymin><xmax>2</xmax>"
        "<ymax>2</ymax></bndbox></object>"
        for name in ("screw", "nut")
    )
    text(root / "Annotations/a.xml", f"<annotation>{objects}</annotation>")
    text(root / "ImageSets/Main/val.txt", "a\n")
    return {
        "type": "voc_detection",
        "data_source": root,
        "split": "val",
        "classes": ["nut", "screw"],
        "has_background": False,
    }, "boxes"


SCREW = (
    "<annotation><object><name>screw</name><bndbox><xmin>0</xmin><ymin>0</ymin><xmax>2</xmax>"
    "<ymax>2</ymax></bndbox></object></annotation>"
)


def voc_section(root, **fields):
    classes = {"classes": ["screw"], "has_background": False}
    return {"type": "voc_detection", "data_source": root, **fields, **classes}


def voc_devkit(root):
    inner = root / "VOCdevkit/VOC2007"
    image(inner / "JPEGImages/a.png")
    text(inner / "Annotations/a.xml", SCREW)
    text(inner / "ImageSets/Main/test.txt", "a\n")
    return voc_section(inner, split="test"), "boxes"


def voc_without_lists(root):
    image(root / "images/a.png")
    text(root / "annotations/a.xml", SCREW)
    folders = {"images_dir": root / "images", "annotations_dir": root / "annotations"}
    return voc_section(root, split=None, **folders), "boxes"


def voc_beside_images(root):
    for split in ("train", "valid"):
        image(root / split / "a.png")
        text(root / split / "a.xml", SCREW)
    folders = {"images_dir": root / "valid", "annotations_dir": root / "valid"}
    return voc_section(root, split=None, **folders), "boxes"


def ultralytics_list(root):
    image(root / "images/a.png")
    image(root / "images/b.png")
    text(root / "labels/a.txt", "0 .5 .5 .1 .1\n")
    text(root / "val.txt", "./images/a.png\n")
    text(root / "data.yaml", "path: .\nval: val.txt\nnames: [screw]\n")
    return {"type": "yolo_labeling", "data_yaml": root / "data.yaml", "split": "val"}, "boxes"


def ultralytics_several_folders(root):
    for part in ("one", "two"):
        image(root / part / "images/a.png")
        text(root / part / "labels/a.txt", "0 .5 .5 .1 .1\n")
    text(root / "data.yaml", "val: [one/images, two/images]\nnames: [screw]\n")
    return {"type": "yolo_labeling", "data_yaml": root / "data.yaml", "split": "val"}, "boxes"


def yolo_splits(root):
    for split in ("train", "valid"):
        image(root / split / "images/a.png")
        text(root / split / "labels/a.txt", "0 .5 .5 .1 .1\n")
    valid = root / "valid"
    places = {"images_dir": valid / "images", "annotations_dir": valid / "labels"}
    return {"type": "yolo_labeling", **places}, "boxes"


def darknet(root):
    image(root / "obj_data/a.png")
    text(root / "obj_data/a.txt", "0 .5 .5 .1 .1\n")
    text(root / "obj.names", "screw\n")
    data = root / "obj_data"
    places = {"images_dir": data, "annotations_dir": data, "labels_file": root / "obj.names"}
    return {"type": "yolo_labeling", **places}, "boxes"


def masks(root):
    image(root / "images/a.png")
    image(root / "masks/a_mask.png", np.array([[0, 255], [0, 0]] * 2, np.uint8).repeat(2, 1))
    return {
        "type": "mask_pairs",
        "images_dir": root / "images",
        "masks_dir": root / "masks",
        "mask_suffix": "_mask",
        "label_map": {255: 1},
        "ignore": None,
    }, "mask"


def image_pairs(root):
    image(root / "lr/a.png")
    image(root / "hr/a.png")
    return {"type": "image_pairs", "input_dir": root / "lr", "target_dir": root / "hr"}, "image"


def cityscapes(root):
    image(root / "leftImg8bit/val/ulm/a_leftImg8bit.png")
    image(root / "gtFine/val/ulm/a_gtFine_labelIds.png")
    return {
        "type": "cityscapes",
        "dataset_root_dir": root,
        "images_subfolder": "leftImg8bit/val",
        "masks_subfolder": "gtFine/val",
    }, "mask"


def camvid(root):
    image(root / "val/a.png")
    image(root / "valannot/a.png")
    return {"type": "camvid", "data_source": root, "split": "val"}, "mask"


def table(path, target, columns, **fields):
    """A layout of a table, and the kind of its annotations."""
    type_ = {".csv": "csv", ".tsv": "csv", ".txt": "conll"}.get(path.suffix.lower(), "jsonl")
    section = {"type": type_, "annotation": path, "target": target, "target_columns": columns}
    return {**section, **fields}, target


def table_of_images(root):
    for name in "abc":
        image(root / f"photos/{name}.png")
    text(root / "test.csv", "id,path,label\n1,a.png,dog\n2,b.png,cat\n3,c.png,cat\n")
    return table(
        root / "test.csv",
        "class",
        "label",
        file_column="path",
        data_source=root / "photos",
        label_map={"cat": 0, "dog": 1},
    )


def names_without_ending(root):
    for name in "ab":
        image(root / f"train/{name}.png")
    text(root / "train.csv", "image_id,label\na,0\nb,1\n")
    return table(
        root / "train.csv",
        "class",
        "label",
        file_column="image_id",
        extension=".png",
        data_source=root / "train",
    )


def findings(root):
    for name in "ab":
        image(root / f"{name}.png")
    text(root / "test.csv", "file,Edema,Hernia\na.png,1.0,\nb.png,-1.0,0.0\n")
    return table(root / "test.csv", "labels", ["Edema", "Hernia"], file_column="file")


def features(root):
    text(root / "test.csv", "age,income,label\n30,1.5,1\n40,2.5,0\n")
    return table(
        root / "test.csv",
        "class",
        "label",
        data_columns={"features": ["age", "income"]},
        data_type="float32",
    )


def reviews(root):
    rows = [{"text": f"a review {i}", "label": i % 2} for i in range(6)]
    text(root / "test.jsonl", "\n".join(map(json.dumps, rows)))
    return table(root / "test.jsonl", "class", "label", text_columns={"text": "text"})


def nih(root):
    for name in "abc":
        image(root / f"images/{name}.png")
    rows = "a.png,Hernia|Edema,50\nb.png,No Finding,51\nc.png,Edema,52\n"
    text(root / "test.csv", f"Image Index,Finding Labels,Patient Age\n{rows}")
    return table(
        root / "test.csv",
        "labels",
        "Finding Labels",
        file_column="Image Index",
        data_source=root / "images",
        label_map={"Edema": 0, "Hernia": 1},
    )


def token_ids(root):
    rows = [{"input_ids": [1, 5, 2], "attention_mask": [1, 1, 1], "label": i % 2} for i in range(4)]
    text(root / "test.jsonl", "\n".join(map(json.dumps, rows)))
    return table(
        root / "test.jsonl",
        "class",
        "label",
        data_columns={"input_ids": "input_ids", "attention_mask": "attention_mask"},
    )


def arrays(root):
    np.savez(
        root / "d.npz",
        x_train=np.zeros((9, 4, 4), np.uint8),
        y_train=np.zeros(9, int),
        x_test=np.zeros((5, 4, 4), np.uint8),
        y_test=np.zeros(5, int),
    )
    return {
        "type": "arrays",
        "data_source": root / "d.npz",
        "inputs": {"image": "x_test"},
        "label_key": "y_test",
    }, "class"


def validation_arrays(root):
    for split in ("train", "validation"):
        arrays = {f"x_{split}": np.zeros((5, 4)), f"y_{split}": np.zeros(5, int)}
        np.savez(root / f"{split}.npz", **arrays)
    return {
        "type": "arrays",
        "data_source": root / "validation.npz",
        "inputs": {"image": "x_validation"},
        "label_key": "y_validation",
    }, "class"


def folder_of_arrays(root):
    np.save(root / "x.npy", np.zeros((5, 4)))
    np.save(root / "y.npy", np.zeros(5, int))
    return {
        "type": "arrays",
        "data_source": root,
        "inputs": {"image": "x"},
        "label_key": "y",
    }, "class"


def ending_in_capitals(root):
    text(root / "TEST.CSV", "age,label\n30,1\n40,0\n")
    fields = {"data_columns": {"features": ["age"]}, "data_type": "float32"}
    return table(root / "TEST.CSV", "class", "label", **fields)


def ndjson(root):
    text(root / "test.ndjson", '{"text": "a b", "label": 0}\n{"text": "b c", "label": 1}\n')
    return table(root / "test.ndjson", "class", "label", text_columns={"text": "text"})


def volumes(root):
    np.savez(
        root / "d.npz", volume=np.zeros((3, 1, 2, 4, 4), "f"), mask=np.zeros((3, 2, 4, 4), int)
    )
    return {
        "type": "arrays",
        "data_source": root / "d.npz",
        "inputs": {"image": "volume"},
        "label_key": "mask",
        "target": "mask",
    }, "mask"


def class_ids(root):
    for name in ("a.png", "b.png"):
        image(root / name)
    text(root / "t.csv", "file,labels\na.png,0 2\nb.png,\n")
    return table(root / "t.csv", "labels", "labels", file_column="file")


def soft_masks(root):
    ramp = np.zeros((64, 64), np.uint8)
    ramp[:, 40:] = 255
    ramp[0, 20:40] = np.arange(20) * 12 + 6
    image(root / "images/a.png", np.zeros((64, 64), np.uint8))
    image(root / "masks/a.png", ramp)
    return {
        "type": "mask_pairs",
        "images_dir": root / "images",
        "masks_dir": root / "masks",
        "threshold": 128,
        "ignore": None,
    }, "mask"


def splits_of_classes(root):
    for name in ("train/cat/a.png", "train/dog/a.png", "val/cat/a.png", "val/dog/a.png"):
        image(root / name)
    return {"type": "image_folder", "data_source": root / "val"}, "class"


def splits_of_texts(root):
    for name in ("train/neg/a.txt", "train/pos/a.txt", "test/neg/a.txt", "test/pos/a.txt"):
        text(root / name, "words")
    return {"type": "text_files", "data_source": root / "test"}, "class"


def sounds(root):
    for name in ("no/a.wav", "yes/a.wav"):
        text(root / name, "")
    return {"type": "audio_folder", "data_source": root}, "class"


def masks_in_colours(root):
    image(root / "images/a.png")
    image(root / "labels/a.png", np.array([[[0, 0, 0], [128, 64, 128]]] * 4, np.uint8))
    return {
        "type": "mask_pairs",
        "images_dir": root / "images",
        "masks_dir": root / "labels",
        "colors": [[0, 0, 0], [128, 64, 128]],
        "ignore": None,
    }, "mask"


def mmsegmentation(root):
    image(root / "img_dir/val/a.png")
    image(root / "ann_dir/val/a.png", np.array([[0, 1, 2, 3]] * 4, np.uint8))
    folders = {"images_dir": root / "img_dir/val", "masks_dir": root / "ann_dir/val"}
    return {"type": "mask_pairs", **folders, "ignore": None}, "mask"


def pairs_of_texts(root):
    text(root / "dev.tsv", "premise\thypothesis\tlabel\na b\tc d\t0\na b\te f\t1\n")
    return table(
        root / "dev.tsv", "class", "label", text_columns={"text": "premise", "second": "hypothesis"}
    )


def json_list(root):
    rows = [{"text": f"a review {i}", "label": i % 2} for i in range(6)]
    text(root / "test.json", json.dumps(rows))
    return table(root / "test.json", "class", "label", text_columns={"text": "text"})


def conll(root):
    text(root / "test.txt", "Jim B-PER\nsleeps O\n\nParis B-LOC\n")
    return table(
        root / "test.txt",
        "tokens",
        "tags",
        format="conll",
        text_columns={"text": "words"},
        label_map={"O": 0, "B-LOC": 1, "B-PER": 2},
    )


def entities(root):
    rows = [{"tokens": ["Jim", "sleeps"], "ner_tags": [1, 0]}] * 2
    text(root / "test.jsonl", "\n".join(map(json.dumps, rows)))
    return table(root / "test.jsonl", "tokens", "ner_tags", text_columns={"text": "tokens"})


def features_beside_names(root):
    text(root / "test.csv", "id,age,name,label\n1,30,ann,1\n2,40,bob,0\n")
    return table(
        root / "test.csv", "class", "label", data_columns={"features": ["age"]}, data_type="float32"
    )


def flows(root):
    np.savez(root / "d.npz", x=np.zeros((3, 6, 4, 4), "f"), flow=np.zeros((3, 2, 4, 4), "f"))
    return {
        "type": "arrays",
        "data_source": root / "d.npz",
        "inputs": {"image": "x"},
        "label_key": "flow",
        "target": "values",
    }, "values"


def text_folders(root):
    text(root / "neg/a.txt", "bad")
    text(root / "pos/a.txt", "good")
    return {"type": "text_files", "data_source": root}, "class"


def nnunet(root):
    text(root / "imagesTs/c_0000.nii.gz", "")
    text(root / "labelsTs/c.nii.gz", "")
    return {
        "type": "volumes",
        "images_dir": root / "imagesTs",
        "masks_dir": root / "labelsTs",
        "image_suffixes": "_0000",
    }, "mask"


LAYOUTS = [
    ultralytics, yolo_folders, yolo_oriented, yolo_poses, coco_masks, roboflow,
    voc_of_own_classes, voc_devkit, voc_without_lists, voc_beside_images, ultralytics_list,
    ultralytics_several_folders, yolo_splits, darknet, masks, image_pairs, cityscapes, camvid,
    table_of_images, names_without_ending, findings, nih, token_ids, features, reviews,
    splits_of_classes, splits_of_texts, sounds, masks_in_colours, mmsegmentation, pairs_of_texts,
    json_list, conll, entities, features_beside_names, flows, arrays,
    validation_arrays, folder_of_arrays, ending_in_capitals, ndjson, volumes, text_folders,
    nnunet, class_ids, soft_masks,
]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["a.csv", "A.CSV", "a.tab", "a.TSV", "a.jsonl", "a.ndjson", "a.JSON", "a.TXT"]
)
def test_a_file_by_its_ending(tmp_path, path):
    is_json = "json" in path.lower()
    separator = "\t" if path in ("a.tab", "a.TSV") else ","
    rows = '{"x": 1.5, "y": 0}\n' * 2 if is_json else f"x{separator}y\n1.5{separator}0\n"
    text(tmp_path / path, rows)
    types = {guess.adapter["type"] for guess in guess_data(tmp_path / path)}
    assert types == {"text_files" if path == "a.TXT" else "jsonl" if is_json else "csv"}


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_first_guess(tmp_path, layout):
    expected = layout(tmp_path)
    guess = guess_data(tmp_path)[0]
    assert (dict(guess.adapter), guess.truth) == expected
    if guess.content != "audio":  # of which the model's input gives rate and length
        assert build_adapter(guess.adapter).items()


@pytest.mark.parametrize(
    ("ids", "maps"),
    [
        ([1, 2, 3], ()),
        ([0, 1], ()),
        ([3, 7, 20], ({3: 0, 7: 1, 20: 2},)),
        ([20, 3, 7], ({0: 2, 1: 0, 2: 1}, {3: 0, 7: 1, 20: 2})),
        ([2, 1], ({0: 1, 1: 0},)),
    ],
)
def test_numbers_of_classes_that_coco_categories_suggest(tmp_path, ids, maps):
    image(tmp_path / "images/a.png")
    content = {
        "images": [{"id": 1, "file_name": "a.png"}],
        "annotations": [],
        "categories": [{"id": number, "name": str(number)} for number in ids],
    }
    text(tmp_path / "annotations/instances_val.json", json.dumps(content))
    assert guess_data(tmp_path)[0].label_maps == maps


def test_an_order_of_classes_that_nothing_tells_is_a_doubt(tmp_path):
    voc_of_own_classes(tmp_path)
    (doubt,) = guess_data(tmp_path)[0].doubts
    assert "their order in the model is unknown: nut, screw is assumed" in doubt
    text(tmp_path / "classes.txt", "screw\nnut\nbolt\n")
    guess = guess_data(tmp_path)[0]
    assert guess.adapter["classes"] == ["screw", "nut", "bolt"]
    assert not guess.doubts


def test_a_table_with_semicolons_and_a_byte_order_mark(tmp_path):
    for name in ("größe 1.png", "größe 2.png"):
        image(tmp_path / name)
    text(tmp_path / "labels.csv", "\ufeffFile;Label\ngröße 1.png;a & b\ngröße 2.png;ж\n")
    for path in (tmp_path, tmp_path / "labels.csv"):
        guess = guess_data(path)[0]
        assert guess.adapter["file_column"] == "File"
        assert guess.adapter["label_map"] == {"a & b": 0, "ж": 1}
        assert [item.stratum for item in build_adapter(guess.adapter).items()] == [0, 1]


def test_a_table_from_which_no_labels_are_taken_is_a_doubt(tmp_path):
    image(tmp_path / "a.png")
    assert not guess_data(tmp_path)[0].doubts
    (tmp_path / "labels.xlsx").write_bytes(b"PK")
    (doubt,) = guess_data(tmp_path)[0].doubts
    assert doubt.startswith("No labels were recognised in labels.xlsx.")


def test_class_folders_that_all_contain_the_same_folders_are_a_doubt(tmp_path):
    for place in ("2023/cat", "2023/dog", "2024/cat", "2024/dog"):
        image(tmp_path / place / "a.png")
    (doubt,) = guess_data(tmp_path)[0].doubts
    assert "(2023, 2024) counts as a class" in doubt
    assert "(cat, dog)" in doubt
    image(tmp_path / "2025/a.png")
    assert not guess_data(tmp_path)[0].doubts


def test_an_array_named_as_an_input_holds_no_labels(tmp_path):
    path = tmp_path / "d.npz"
    np.savez(path, ids=np.ones((5, 8), int), mask=np.ones((5, 8), int))
    (guess,) = guess_data(path, ["ids", "mask"])
    assert (guess.truth, guess.adapter["inputs"]) == ("none", {"ids": "ids", "mask": "mask"})
    assert guess_data(path)[0].adapter["label_key"] == "mask"


@pytest.mark.parametrize(
    "content",
    [
        {"images": 1, "annotations": [], "categories": []},
        {"images": ["a.png"], "annotations": [], "categories": []},
        {"images": [{"file_name": "a.png"}], "annotations": {}, "categories": []},
        {"images": [{"file_name": "a.png"}], "annotations": [1], "categories": []},
        {"images": [{"file_name": "a.png"}], "annotations": [], "categories": [1]},
    ],
)
def test_json_that_is_like_coco(tmp_path, content):
    image(tmp_path / "a.png")
    text(tmp_path / "a.json", json.dumps(content))
    assert "mscoco_detection" not in {guess.adapter["type"] for guess in guess_data(tmp_path)}


def test_keypoints_that_are_no_list(tmp_path):
    image(tmp_path / "a.png")
    content = {
        "images": [{"file_name": "a.png"}],
        "annotations": [{"keypoints": 17}],
        "categories": [{"id": 1}],
    }
    text(tmp_path / "a.json", json.dumps(content))
    assert guess_data(tmp_path)[0].truth == "boxes"


def test_masks_that_are_no_images(tmp_path):
    image(tmp_path / "images/a.png")
    text(tmp_path / "labels/a.png", "no image")
    assert {guess.truth for guess in guess_data(tmp_path)} == {"class", "none"}


def test_names_without_an_ending_in_capitals(tmp_path):
    for name in "ab":
        image(tmp_path / f"{name}.JPG")
    text(tmp_path / "t.csv", "image_id,label\na,0\nb,1\n")
    assert guess_data(tmp_path)[0].adapter["extension"] == ".JPG"


@pytest.mark.parametrize("name", ["t.csv", "t.txt", "t.json", "a.xml", "a.npz", "a.npy", "d.yaml"])
def test_folders_named_as_files(tmp_path, name):
    image(tmp_path / "a.png")
    (tmp_path / name).mkdir()
    assert [guess.truth for guess in guess_data(tmp_path)] == ["none"]


def test_a_link_to_nothing_and_a_folder_among_labels(tmp_path):
    image(tmp_path / "images/a.png")
    text(tmp_path / "labels/a.txt", "0 .5 .5 .1 .1\n")
    (tmp_path / "labels/0.txt").mkdir()
    (tmp_path / "t.csv").symlink_to(tmp_path / "none")
    assert guess_data(tmp_path)[0].truth == "boxes"


@pytest.mark.parametrize("file", ["t.txt", "t.csv"])
@pytest.mark.parametrize("name", ["x" * 5000, "\u4e2d" * 100])
def test_words_that_no_file_can_be_named_by(tmp_path, file, name):
    image(tmp_path / "a.png")
    text(tmp_path / file, f"file,label\n{name},1\n")
    assert "image_list" not in {guess.adapter["type"] for guess in guess_data(tmp_path)}
