"""Convert annotation converters of the Accuracy Checker to our dataset adapters."""

from pathlib import PurePath

from calibrate.migrate.box_converters import cvat, wider, yolo
from calibrate.migrate.converter_data import Converter, Data, given_path, present
from calibrate.migrate.draft import Part
from calibrate.migrate.keys import Keys
from calibrate.migrate.places import parent

_NAMES = "class names do not change the result"
_CHECKS = "missing images are always reported here"
_PIXELS = "images are read from the published files here"


def adapter_of(keys: Keys, data: Data) -> Part | None:
    """Return our adapter for an annotation converter, or None and report why."""
    kind = str(keys.get("converter", ""))
    convert = CONVERTERS.get(kind)
    if convert is None:
        keys.notes.add("lost", keys.at("converter"), "no adapter reads such annotations here", kind)
        return None
    part = convert(keys, data)
    keys.finish(f"{kind} has no such parameter here")
    if part is None or any(value is None for value in part.values()):
        missing = [key for key, value in (part or {}).items() if value is None]
        what = f"there is no path for {', '.join(missing)}" if missing else "it cannot be read"
        keys.notes.add("lost", keys.where, what, kind)
        return None
    return part


def _imagenet(keys: Keys, data: Data) -> Part | None:
    images = given_path(keys, data, "images_dir")
    part: Part = {"type": "imagenet", "annotation": given_path(keys, data, "annotation_file")}
    part |= present(data_source=data.source or images, labels=given_path(keys, data, "labels_file"))
    keys.get("has_background")  # a parameter of the decoder, since ids stay 0-based here
    keys.no_meaning(_NAMES, "dataset_meta_file")
    return {**part, "names_only": True}


def _folders(keys: Keys, data: Data) -> Part | None:
    return {
        "type": "image_folder",
        "data_source": given_path(keys, data, "data_dir") or data.source,
    }


def _coco(keys: Keys, data: Data) -> Part:
    part: Part = {
        "annotation_file": given_path(keys, data, "annotation_file"),
        "images_dir": given_path(keys, data, "images_dir") or data.source,
    }
    keys.no_meaning("the order does not change the result", "sort_annotations", "sort_key")
    keys.lost("dataset_meta_file", "class ids are those of the annotation file here")
    keys.lost_unless("convert_COCO_to_VOC_labels", "give the decoder a label_map")
    if keys.get("use_full_label_map", False):
        part["use_full_label_map"] = True
        keys.no_meaning("ids of the full map are the file's own", "has_background")
    return part


def _coco_detection(keys: Keys, data: Data) -> Part | None:
    part = {"type": "mscoco_detection", **_coco(keys, data)}
    if keys.get("has_background", False) and "use_full_label_map" not in part:
        part["has_background"] = True
    return part


def _coco_masks(keys: Keys, data: Data) -> Part | None:
    part = _coco_detection(keys, data)
    return part and {**part, "masks": True}


def _coco_segmentation(keys: Keys, data: Data) -> Part | None:
    part = {"type": "mscoco_segmentation", **_coco(keys, data)}
    keys.no_meaning("masks are drawn when they are read", "masks_dir", "convert_mask")
    keys.lost_unless("semantic_only", "masks are semantic here", default=True)
    if not keys.get("has_background", False) and "use_full_label_map" not in part:
        where = keys.at("has_background")
        keys.notes.add("differs", where, "0 is the background here, and classes begin at 1")
    return part


def _voc(keys: Keys, data: Data, folder: str) -> Part:
    """Return the list, the images and the root of a VOC layout."""
    images = given_path(keys, data, "images_dir") or data.source
    imageset = given_path(keys, data, "imageset_file")
    root = parent(imageset, 3) if imageset else None
    part: Part = {"data_source": root, "imageset_file": imageset}
    if images is not None and root is not None and images != str(PurePath(root) / "JPEGImages"):
        part["images_dir"] = images
    if root is not None and imageset is not None:
        listed = PurePath(imageset)
        if listed.parent == PurePath(root) / "ImageSets" / folder and listed.suffix == ".txt":
            del part["imageset_file"]
            part["split"] = listed.stem
    keys.lost("dataset_meta_file", "give the class names as `classes` of the adapter")
    return part


def _voc_detection(keys: Keys, data: Data) -> Part | None:
    part: Part = {"type": "voc_detection", **_voc(keys, data, "Main")}
    annotations = given_path(keys, data, "annotations_dir")
    if annotations and annotations != str(PurePath(part["data_source"] or ".") / "Annotations"):
        part["annotations_dir"] = annotations
    if not keys.get("has_background", True):
        part["has_background"] = False
    part["one_based"] = True  # the Accuracy Checker subtracts 1 from every coordinate
    return part


def _syg(keys: Keys, data: Data) -> Part | None:
    part = _voc_detection(keys, data)
    return part and {**part, "classes": ["motor", "truck", "bus", "car"]}


def _voc_segmentation(keys: Keys, data: Data) -> Part | None:
    part: Part = {"type": "voc_segmentation", **_voc(keys, data, "Segmentation")}
    masks = given_path(keys, data, "mask_dir") or data.masks
    if masks and masks != str(PurePath(part["data_source"] or ".") / "SegmentationClass"):
        part["mask_dir"] = masks
    keys.lost("labelmap_file", "give the class names as `classes` of the adapter")
    return part


def _camvid(keys: Keys, data: Data) -> Part | None:
    annotation = given_path(keys, data, "annotation_file")
    keys.lost("dataset_meta_file", "classes are CamVid's eleven here")
    root = data.source or (parent(annotation) if annotation else None)
    # The Accuracy Checker makes unlabelled pixels class 11, which a metric may ignore.
    part: Part = {"type": "camvid", "data_source": root, "annotation_file": annotation}
    return {**part, "unlabelled_is_class": True}


def _cityscapes(keys: Keys, data: Data) -> Part | None:
    keys.lost("dataset_meta_file", "classes are those of Cityscapes here")
    part: Part = {
        "type": "cityscapes",
        "dataset_root_dir": given_path(keys, data, "dataset_root_dir") or data.source,
        "images_subfolder": keys.get("images_subfolder", "imgsFine/leftImg8bit/val"),
        "masks_subfolder": keys.get("masks_subfolder", "gtFine/val"),
        "masks_suffix": keys.get("masks_suffix", "_gtFine_labelTrainIds"),
    }
    part |= present(images_suffix=keys.get("images_suffix"))
    return part | ({"use_full_label_map": True} if keys.get("use_full_label_map", False) else {})


def _cifar(keys: Keys, data: Data) -> Part | None:
    keys.no_meaning(_PIXELS, "convert_images", "converted_images_dir")
    keys.no_meaning(_NAMES, "batch_meta_file", "dataset_meta_file")
    keys.no_meaning("the batch file contains it", "num_classes")
    keys.get("has_background")  # the decoder's parameter
    return {"type": "cifar", "data_source": given_path(keys, data, "data_batch_file")}


def _idx(labels: str, images: str, names: str) -> Converter:
    def convert(keys: Keys, data: Data) -> Part | None:
        keys.no_meaning(_PIXELS, "convert_images", "converted_images_dir")
        keys.no_meaning(_NAMES, "dataset_meta_file")
        part: Part = {"type": "mnist", "labels": given_path(keys, data, labels)}
        return {**part, "images": given_path(keys, data, images), "names": names}

    return convert


def _super_resolution(keys: Keys, data: Data) -> Part | None:
    both = given_path(keys, data, "data_dir") or given_path(keys, data, "images_dir") or data.source
    keys.get("images_dir")
    for key in ("two_streams", "generate_upsample", "ignore_suffixes"):
        keys.lost_unless(key, "pairs of one input and one target are read here")
    for key in ("upsampled_dir", "upsample_suffix", "upsample_factor"):
        keys.lost(key, "pairs of one input and one target are read here")
    keys.get("annotation_loader")  # the decoder's parameter
    return {
        "type": "super_resolution",
        "input_dir": given_path(keys, data, "lr_dir") or both,
        "target_dir": given_path(keys, data, "hr_dir") or both,
        "input_suffix": keys.get("lr_suffix", "lr"),
        "target_suffix": keys.get("hr_suffix", "hr"),
    }


def _image_processing(keys: Keys, data: Data) -> Part | None:
    both = given_path(keys, data, "data_dir") or data.source
    keys.get("annotation_loader")  # the decoder's parameter
    keys.no_meaning("subfolders are included here", "recursive")
    return {
        "type": "image_pairs",
        "input_dir": both,
        "target_dir": both,
        "input_suffix": keys.get("input_suffix", "in"),
        "target_suffix": keys.get("target_suffix", "out"),
    }


def _mask_pairs(keys: Keys, data: Data) -> Part | None:
    part: Part = {
        "type": "mask_pairs",
        "images_dir": given_path(keys, data, "images_dir") or data.source,
        "masks_dir": given_path(keys, data, "masks_dir") or data.masks,
    }
    for theirs, ours in (("image", "image"), ("mask", "mask")):
        if prefix := keys.get(f"{theirs}_prefix", ""):
            part[f"{ours}_prefix"] = prefix
        postfix = PurePath("x" + str(keys.get(f"{theirs}_postfix", ".png")))
        if len(postfix.stem) > 1:
            part[f"{ours}_suffix"] = postfix.stem[1:]
    if keys.get("mask_loader", "pillow") == "numpy":
        keys.lost("mask_loader", "masks are images here")
    keys.lost("dataset_meta_file", "give `classes`, and `colors` where masks are coloured")
    return part


def _reid(**folders: str) -> Converter:
    def convert(keys: Keys, data: Data) -> Part | None:
        folder = given_path(keys, data, "data_dir") or data.source
        return {"type": "market1501_reid", "data_source": folder, **folders}

    return convert


def _lmdb(keys: Keys, data: Data) -> Part | None:
    case = {"case": "lower"} if keys.get("lower_case", False) else {}
    folder = given_path(keys, data, "data_dir") or data.source
    return {"type": "text_lmdb", "data_source": folder, **case}


def _texts(separator: str) -> Converter:
    def convert(keys: Keys, data: Data) -> Part | None:
        annotation = given_path(keys, data, "annotation_file")
        listed = given_path(keys, data, "images_dir")
        keys.get("decoding_char_file")  # the alphabet, set with the decoder's labels
        between = "tab" if keys.get("delimeter", "space") == "tab" else separator
        part: Part = {"type": "image_texts", "annotation": annotation, "separator": between}
        return part | present(data_source=data.source or listed)

    return convert


CONVERTERS: dict[str, Converter] = {
    "camvid": _camvid,
    "cifar": _cifar,
    "cityscapes": _cityscapes,
    "cls_dataset_folder": _folders,
    "common_semantic_segmentation": _mask_pairs,
    "cvat_object_detection": cvat,
    "fashion_mnist": _idx("annotation_file", "data_file", "fashion_mnist"),
    "icdar13_recognition": _texts("space"),
    "image_processing": _image_processing,
    "imagenet": _imagenet,
    "lmdb_text_recognition_database": _lmdb,
    "market1501_reid": _reid(),
    "mnist": _idx("labels_file", "images_file", "mnist"),
    "mscoco_detection": _coco_detection,
    "mscoco_mask_rcnn": _coco_masks,
    "mscoco_segmentation": _coco_segmentation,
    "super_resolution": _super_resolution,
    "syg_detection": _syg,
    "unicode_character_recognition": _texts("comma"),
    "veri776_reid": _reid(query_folder="image_query", gallery_folder="image_test"),
    "voc_detection": _voc_detection,
    "voc_segmentation": _voc_segmentation,
    "wider": wider,
    "yolo_labeling": yolo,
}
