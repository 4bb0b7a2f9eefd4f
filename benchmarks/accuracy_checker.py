"""Values of the Accuracy Checker beside those of its configs converted by `convert-config`.

    python benchmarks/accuracy_checker.py --zoo ZOO --checker PYTHON --work FOLDER [NAME ...]

PYTHON is the interpreter of an environment with the Accuracy Checker of the Open Model Zoo (and an
OpenVINO that it works with, 2024.6 say; its folder `tools/accuracy_checker` on PYTHONPATH is
enough). ZOO holds `models` and `data`. Each config is run there, converted, and evaluated here; a
row for each metric, and exit code 1 where two values differ by more than 1e-4.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from accuracy_checker_models import write_coco, write_lists, write_recognizer, write_yolo

TOLERANCE = 1e-4
"""The two tools run other versions of OpenVINO, so a borderline image may fall to either side."""


def _imagenet(name: str, images: str) -> dict[str, Any]:
    return {
        "name": name,
        "data_source": f"data/{images}/images",
        "annotation_conversion": {
            "converter": "imagenet",
            "annotation_file": f"data/{images}/val.txt",
        },
    }


_TOPS = [{"type": "accuracy", "top_k": k, "name": f"accuracy@{k}"} for k in (1, 5)]
_COCO = {
    "name": "coco",
    "data_source": "data/coco_dev/images",
    "annotation_conversion": {
        "converter": "mscoco_detection",
        "annotation_file": "made/coco.json",
        "has_background": True,
        "use_full_label_map": True,
    },
}
_BOXES = [
    {"type": "map", "integral": "11point", "ignore_difficult": True, "name": "map"},
    {"type": "coco_precision", "max_detections": 100, "name": "coco"},
    {"type": "coco_precision", "max_detections": 100, "threshold": 0.5, "name": "coco@50"},
]


def _objects(model: str) -> dict[str, Any]:
    return {
        "name": "objects",
        "data_source": f"made/{model}",
        "annotation_conversion": {
            "converter": "mscoco_detection",
            "annotation_file": f"made/{model}/objects.json",
        },
    }


_TO_SOURCE = {"type": "resize_prediction_boxes"}
_SSD = {
    "launcher": {
        "adapter": "ssd",
        "inputs": [{"name": "image", "type": "INPUT", "layout": "NHWC"}],
    },
    "model": "models/coco_ssd_mobilenet_v1/model_detection_output.xml",
    "dataset": _COCO,
    "preprocessing": [
        {"type": "bgr_to_rgb"},
        {"type": "resize", "size": 300},
        {"type": "normalization", "mean": 127.5, "std": 127.5},
    ],
    "metrics": _BOXES,
}
_MASKS = {
    "name": "voc",
    "data_source": "data/voc_dev/JPEGImages",
    "segmentation_masks_source": "data/voc_dev/SegmentationClass",
    "annotation_conversion": {
        "converter": "voc_segmentation",
        "imageset_file": "data/voc_dev/ImageSets/Segmentation/val.txt",
        "images_dir": "data/voc_dev/JPEGImages",
        "mask_dir": "data/voc_dev/SegmentationClass",
    },
}

CONFIGS: Mapping[str, Mapping[str, Any]] = {
    "mobilenet": {
        "model": "models/imagenet_mobilenet_v1_0.75_224/model.onnx",
        "launcher": {"adapter": "classification"},
        "dataset": _imagenet("imagenet", "imagenet_dev"),
        "preprocessing": [
            {"type": "bgr_to_rgb"},
            {"type": "resize", "size": 256, "aspect_ratio_scale": "greater"},
            {"type": "crop", "size": 224},
            {"type": "normalization", "mean": 127.5, "std": 127.5},
        ],
        "metrics": _TOPS,
    },
    "mobilenet-pillow": {
        "model": "models/imagenet_mobilenet_v1_0.75_224/model.onnx",
        "launcher": {"adapter": "classification"},
        "dataset": {**_imagenet("imagenet", "imagenet_dev"), "reader": "pillow_imread"},
        "preprocessing": [
            {
                "type": "resize",
                "size": 256,
                "aspect_ratio_scale": "greater",
                "use_pillow": True,
                "interpolation": "BICUBIC",
            },
            {"type": "crop", "size": 224, "use_pillow": True},
            {"type": "normalization", "mean": 127.5, "std": 127.5},
        ],
        "metrics": _TOPS,
    },
    "squeezenet": {
        "model": "models/imagenet_squeezenet_v1.1/model.onnx",
        "launcher": {"adapter": "classification"},
        "dataset": _imagenet("imagenet", "imagenet_dev"),
        "preprocessing": [
            {"type": "resize", "size": 227},
            {"type": "normalization", "mean": "104, 117, 123"},
        ],
        "metrics": _TOPS,
    },
    "resnet20": {
        "model": "models/cifar10_resnet20/model.onnx",
        "launcher": {"adapter": "classification"},
        "dataset": _imagenet("cifar10", "cifar10_dev"),
        "preprocessing": [
            {"type": "bgr_to_rgb"},
            {"type": "normalization", "std": 255},
            {"type": "normalization", "mean": "0.485,0.456,0.406", "std": "0.229,0.224,0.225"},
        ],
        "metrics": _TOPS,
    },
    "digits": {
        "model": "models/mnist_cnn/model.onnx",
        "launcher": {"adapter": "classification"},
        "dataset": _imagenet("mnist", "mnist_dev"),
        "preprocessing": [{"type": "bgr_to_gray"}],
        "metrics": _TOPS[:1],
    },
    "ssd": {**_SSD, "postprocessing": [_TO_SOURCE]},
    "ssd-nms": {
        **_SSD,
        "postprocessing": [
            _TO_SOURCE,
            {"type": "cast_to_int"},
            {
                "type": "filter",
                "apply_to": "prediction",
                "min_confidence": 0.05,
                "remove_filtered": True,
            },
            {"type": "nms", "overlap": 0.45},
            {"type": "clip_boxes", "apply_to": "prediction"},
        ],
    },
    "ssd-cvat": {
        **_SSD,
        "dataset": {
            "name": "cvat",
            "data_source": "data/coco_dev/images",
            "annotation_conversion": {
                "converter": "cvat_object_detection",
                "annotation_file": "made/cvat.xml",
                "labels_file": "made/cvat_labels.json",
            },
        },
        "postprocessing": [
            _TO_SOURCE,
            {"type": "cast_to_int"},
            {
                "type": "filter",
                "apply_to": "annotation",
                "height_range": "40, 400",
                "area_ratio": 0.1,
                "is_empty": True,
            },
            {
                "type": "filter",
                "apply_to": "prediction",
                "height_range": 40,
                "aspect_ratio": "0.3, 3",
                "is_empty": True,
            },
        ],
        "metrics": [
            {"type": "map", "name": "map"},
            {"type": "map", "use_filtered_tp": True, "name": "map-filtered"},
            {"type": "map", "allow_multiple_matches_per_ignored": True, "name": "map-multiple"},
        ],
    },
    "ssd-wider": {
        **_SSD,
        "dataset": {
            "name": "wider",
            "data_source": "data/coco_dev/images",
            "annotation_conversion": {
                "converter": "wider",
                "annotation_file": "made/wider.txt",
            },
        },
        "postprocessing": [
            _TO_SOURCE,
            {"type": "cast_to_int"},
            {"type": "clip_boxes", "size": 400, "apply_to": "annotation"},
            {
                "type": "filter",
                "apply_to": "annotation",
                "height_range": "64, 1024",
                "is_empty": True,
            },
        ],
        "metrics": [
            {
                "type": "map",
                "include_boundaries": False,
                "allow_multiple_matches_per_ignored": True,
                "name": "map",
            },
        ],
    },
    "deeplab": {
        "model": "models/voc21_deeplabv3_mnv2/model.xml",
        "launcher": {
            "adapter": "segmentation",
            "inputs": [{"name": "input", "type": "INPUT", "layout": "NHWC"}],
        },
        "dataset": _MASKS,
        "preprocessing": [
            {"type": "bgr_to_rgb"},
            {"type": "resize", "size": 513},
            {"type": "normalization", "mean": 127.5, "std": 127.5},
        ],
        "postprocessing": [
            {"type": "resize_segmentation_mask", "apply_to": "annotation", "size": 513},
        ],
        "metrics": [
            {"type": "mean_iou", "use_argmax": False, "presenter": "print_scalar", "name": "iou"},
            {
                "type": "mean_iou",
                "use_argmax": False,
                "presenter": "print_scalar",
                "ignore_label": 15,
                "name": "iou-15",
            },
            {"type": "segmentation_accuracy", "use_argmax": False, "name": "pixels"},
        ],
    },
    "yolo-v3": {
        "model": "made/yolo_v3.xml",
        "launcher": {
            "adapter": {
                "type": "yolo_v3",
                "classes": 6,
                "anchors": "60,90, 120,200, 260,300",
                "num": 3,
                "coords": 4,
                "threshold": 0.3,
                "anchor_masks": [[0, 1, 2]],
                "outputs": ["head"],
                "raw_output": True,
                "output_format": "BHW",
            }
        },
        "dataset": _objects("yolo_v3"),
        "preprocessing": [{"type": "resize", "size": 416}],
        "postprocessing": [
            _TO_SOURCE,
            {"type": "nms", "overlap": 0.5},
            {"type": "clip_boxes", "apply_to": "prediction"},
        ],
        "metrics": _BOXES,
    },
    "yolo-v2": {
        "model": "made/yolo_v2.xml",
        "launcher": {
            "adapter": {
                "type": "yolo_v2",
                "classes": 6,
                "anchors": "2,3, 4,6, 8,9",
                "num": 3,
                "coords": 4,
                "cells": 13,
                "raw_output": True,
            }
        },
        "dataset": _objects("yolo_v2"),
        "preprocessing": [{"type": "resize", "size": 416}],
        "postprocessing": [_TO_SOURCE, {"type": "class_aware_nms", "overlap": 0.4}],
        "metrics": _BOXES,
    },
    "recognizer": {
        "model": "made/recognizer.xml",
        "launcher": {
            "adapter": {
                "type": "ctc_greedy_search_decoder",
                "logits_output": "logits",
                "blank_label": 0,
                "custom_label_map": dict(enumerate("?abcdefgh")),
            }
        },
        "dataset": {
            "name": "words",
            "data_source": "made/words",
            "annotation_conversion": {
                "converter": "icdar13_recognition",
                "annotation_file": "made/words/gt.txt",
            },
        },
        "preprocessing": [{"type": "bgr_to_gray"}],
        "metrics": [
            {"type": "character_recognition_accuracy", "name": "words"},
            {"type": "label_level_recognition_accuracy", "name": "characters"},
        ],
    },
}


def config_of(name: str) -> dict[str, Any]:
    """The config of the Accuracy Checker, as YAML has it."""
    parts = CONFIGS[name]
    model = parts["model"]
    launcher = {"framework": "openvino", "device": "CPU", "model": model, **parts["launcher"]}
    if model.endswith(".xml"):
        launcher["weights"] = model.removesuffix(".xml") + ".bin"
    keys = ("preprocessing", "postprocessing", "metrics")
    dataset = {**parts["dataset"], **{key: parts[key] for key in keys if key in parts}}
    return {"models": [{"name": name, "launchers": [launcher], "datasets": [dataset]}]}


def checker_values(python: str, config: Path, world: Path) -> Sequence[float]:
    """The values of the Accuracy Checker, in the order of the metrics, as fractions."""
    results = config.with_suffix(".csv")
    results.unlink(missing_ok=True)
    annotations = config.parent / "annotations" / config.stem
    annotations.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [python, "-m", "accuracy_checker.main", "-c", config]
    command += ["-s", world, "-m", world]
    command += ["--inference_precision_hint", "f32"]  # BF16 CPUs would round otherwise
    command += ["--csv_result", results, "--progress", "print", "-a", annotations]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not results.is_file():
        raise SystemExit(f"{config.stem}: the Accuracy Checker failed\n{done.stderr[-2000:]}")
    with results.open() as file:
        return [float(row["metric_value"]) for row in csv.DictReader(file)]


def our_values(config: Path, world: Path) -> tuple[bool, Sequence[float]]:
    """Whether the config converts in full, and the values of what it is converted to."""
    folder = config.parent / f"{config.stem}_converted"
    environment = {**os.environ, "MODELS_DIR": str(world)}
    calibrate = [sys.executable, "-m", "calibrate"]
    convert: list[str | Path] = [*calibrate, "convert-config", config, "-s", world, "--force"]
    convert += ["-o", folder]
    subprocess.run(convert, check=True, env=environment, capture_output=True)
    (written,) = folder.glob("*.yaml")
    evaluate: list[str | Path] = [*calibrate, "evaluate", written, "--json", "--no-progress"]
    done = subprocess.run(evaluate, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{config.stem}: calibrate failed\n{done.stderr[-2000:]}")
    full = "Everything that has a meaning here was carried over" in written.read_text()
    metrics = json.loads(done.stdout)["models"][0]["metrics"]
    return full, [float(metric["value"]) for metric in metrics]


def main() -> int:
    """Print a row for each metric of each config; 1 where values differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", type=Path, required=True)
    parser.add_argument("--checker", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("names", nargs="*", default=list(CONFIGS))
    given = parser.parse_args()
    world = given.work.absolute() / "world"
    world.mkdir(parents=True, exist_ok=True)
    for folder in ("models", "data"):
        if not (world / folder).exists():
            (world / folder).symlink_to((given.zoo / folder).absolute())
    write_yolo(world / "made")
    write_recognizer(world / "made")
    write_lists(given.zoo / "data/coco_dev/annotations/instances.json", world / "made")
    write_coco(given.zoo / "data/coco_dev/annotations/instances.json", world / "made/coco.json")
    differ = 0
    print(f"{'config':18}{'metric':12}{'full':6}{'checker':>10}{'here':>10}{'difference':>12}")
    for name in given.names:
        config = given.work.absolute() / f"{name}.yml"
        config.write_text(yaml.safe_dump(config_of(name), sort_keys=False))
        theirs = checker_values(given.checker, config, world)
        full, ours = our_values(config, world)
        for metric, first, second in zip(CONFIGS[name]["metrics"], theirs, ours, strict=True):
            scale = 100 if abs(first) > 1 >= abs(second) else 1
            difference = second - first / scale
            differ += abs(difference) > TOLERANCE
            print(
                f"{name:18}{metric['name'] if 'name' in metric else metric['type']:12}"
                f"{'yes' if full else 'no':6}{first / scale:10.5f}{second:10.5f}{difference:12.6f}"
            )
    return int(differ > 0)


if __name__ == "__main__":
    sys.exit(main())
