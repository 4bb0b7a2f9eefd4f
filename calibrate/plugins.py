"""Resolve a component's name in a config to its class.

A name has one of three sources: the built-in catalogs below, an entry point of an installed
package (groups `calibrate.adapters`, `.steps`, `.decoders`, `.metrics`), or `file.py:Name`
relative to the YAML. The catalogs hold import paths, so that listing names imports nothing.
Recipes (group `calibrate.recipes`) are objects, and no config names them.
"""

import difflib
import importlib
import importlib.util
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal

from calibrate.core.component import Component
from calibrate.core.plugin_file import checked_component, component_of_file
from calibrate.errors import CalibrateError, PluginError

Kind = Literal["adapters", "steps", "decoders", "metrics"]

ADAPTERS: dict[str, str] = {
    "arrays": "calibrate.datasets.adapters.arrays:Arrays",
    "audio_folder": "calibrate.datasets.adapters.audio_folder:AudioFolder",
    "camvid": "calibrate.datasets.adapters.camvid:CamVid",
    "cifar": "calibrate.datasets.adapters.cifar:Cifar",
    "cityscapes": "calibrate.datasets.adapters.cityscapes:Cityscapes",
    "conll": "calibrate.datasets.adapters.table:Table",
    "csv": "calibrate.datasets.adapters.table:Table",
    "cvat_object_detection": "calibrate.datasets.adapters.cvat_detection:CvatDetection",
    "image_folder": "calibrate.datasets.adapters.image_folder:ImageFolder",
    "image_list": "calibrate.datasets.adapters.image_list:ImageList",
    "image_pairs": "calibrate.datasets.adapters.image_pairs:ImagePairs",
    "image_texts": "calibrate.datasets.adapters.image_texts:ImageTexts",
    "imagenet": "calibrate.datasets.adapters.image_list:ImageList",
    "images": "calibrate.datasets.adapters.images:Images",
    "jsonl": "calibrate.datasets.adapters.table:Table",
    "market1501_reid": "calibrate.datasets.adapters.market1501_reid:Market1501",
    "mask_pairs": "calibrate.datasets.adapters.mask_pairs:MaskPairs",
    "mnist": "calibrate.datasets.adapters.mnist:Mnist",
    "mscoco_detection": "calibrate.datasets.adapters.mscoco_detection:MsCocoDetection",
    "mscoco_segmentation": "calibrate.datasets.adapters.mscoco_segmentation:MsCocoSegmentation",
    "mvtec": "calibrate.datasets.adapters.mvtec:MvTec",
    "squad": "calibrate.datasets.adapters.squad:Squad",
    "super_resolution": "calibrate.datasets.adapters.image_pairs:ImagePairs",
    "super_resolution_images": "calibrate.datasets.adapters.super_resolution_images:ReducedImages",
    "text_files": "calibrate.datasets.adapters.text_files:TextFiles",
    "text_lmdb": "calibrate.datasets.adapters.text_lmdb:TextLmdb",
    "verification_pairs": "calibrate.datasets.adapters.verification_pairs:VerificationPairs",
    "voc_detection": "calibrate.datasets.adapters.voc_detection:VocDetection",
    "voc_segmentation": "calibrate.datasets.adapters.voc_segmentation:VocSegmentation",
    "volumes": "calibrate.datasets.adapters.volumes:Volumes",
    "wider": "calibrate.datasets.adapters.wider:Wider",
    "yolo_labeling": "calibrate.datasets.adapters.yolo_labeling:YoloLabeling",
}

STEPS: dict[str, str] = {
    "bgr_to_rgb": "calibrate.preprocessing.bgr_to_rgb:BgrToRgb",
    "crop": "calibrate.preprocessing.crop:Crop",
    "dtype": "calibrate.preprocessing.dtype:Dtype",
    "grayscale": "calibrate.preprocessing.grayscale:Grayscale",
    "layout": "calibrate.preprocessing.layout:Layout",
    "letterbox": "calibrate.preprocessing.letterbox:Letterbox",
    "mel_spectrogram": "calibrate.preprocessing.mel_spectrogram:MelSpectrogram",
    "normalization": "calibrate.preprocessing.normalization:Normalization",
    "pad_tokens": "calibrate.preprocessing.pad_tokens:PadTokens",
    "padding": "calibrate.preprocessing.padding:Padding",
    "resize": "calibrate.preprocessing.resize:Resize",
    "rgb_to_bgr": "calibrate.preprocessing.rgb_to_bgr:RgbToBgr",
    "tokenize": "calibrate.preprocessing.tokenize:Tokenize",
    "window": "calibrate.preprocessing.window:Window",
}

DECODERS: dict[str, str] = {
    "anomaly_map": "calibrate.decoders.anomaly_map:AnomalyMap",
    "boxes_scores": "calibrate.decoders.boxes_scores:BoxesScores",
    "classification": "calibrate.decoders.classification:Classification",
    "detection_list": "calibrate.decoders.detection_list:DetectionList",
    "detr": "calibrate.decoders.detr:Detr",
    "embedding": "calibrate.decoders.embedding:Embedding",
    "fastestdet": "calibrate.decoders.fastestdet:FastestDet",
    "mask_rcnn": "calibrate.decoders.mask_rcnn:MaskRcnn",
    "multilabel": "calibrate.decoders.multilabel:MultiLabel",
    "nanodet": "calibrate.decoders.nanodet:NanoDet",
    "raw": "calibrate.decoders.raw:Raw",
    "regression": "calibrate.decoders.regression:Regression",
    "segmentation": "calibrate.decoders.segmentation:Segmentation",
    "span": "calibrate.decoders.span:Span",
    "ssd": "calibrate.decoders.ssd:Ssd",
    "ssd_onnx": "calibrate.decoders.ssd_onnx:SsdOnnx",
    "ssd_raw": "calibrate.decoders.ssd_raw:SsdRaw",
    "super_resolution": "calibrate.decoders.super_resolution:SuperResolution",
    "token_scores": "calibrate.decoders.token_scores:TokenLogits",
    "yolo_obb": "calibrate.decoders.yolo_obb:YoloObb",
    "yolo_pose": "calibrate.decoders.yolo_pose:YoloPose",
    "yolo_segmentation": "calibrate.decoders.yolo_segmentation:YoloSegmentation",
    "yolo_v2": "calibrate.decoders.yolo_v2:YoloV2",
    "yolo_v3": "calibrate.decoders.yolo_v3:YoloV3",
    "yolo_v3_onnx": "calibrate.decoders.yolo_v3_onnx:YoloV3Onnx",
    "yolo_v5": "calibrate.decoders.yolo_v5:YoloV5",
    "yolof": "calibrate.decoders.yolof:Yolof",
    "yolov8": "calibrate.decoders.yolov8:YoloV8",
    "yolov8_detection": "calibrate.decoders.yolov8:YoloV8",
    "yolox": "calibrate.decoders.yolox:YoloX",
}

METRICS: dict[str, str] = {
    "abs_rel": "calibrate.metrics.abs_rel:AbsRel",
    "accuracy": "calibrate.metrics.accuracy:Accuracy",
    "agreement": "calibrate.metrics.agreement:Agreement",
    "answer_exact_match": "calibrate.metrics.answer_exact_match:AnswerExactMatch",
    "answer_f1": "calibrate.metrics.answer_f1:AnswerF1",
    "balanced_accuracy": "calibrate.metrics.balanced_accuracy:BalancedAccuracy",
    "coco_precision": "calibrate.metrics.coco_precision:CocoPrecision",
    "character_accuracy": "calibrate.metrics.character_accuracy:CharacterAccuracyOfAll",
    "cohen_kappa": "calibrate.metrics.cohen_kappa:CohenKappa",
    "cosine_similarity": "calibrate.metrics.cosine_similarity:CosineSimilarity",
    "dice": "calibrate.metrics.dice:Dice",
    "edit_distance": "calibrate.metrics.edit_distance:EditDistance",
    "entity_f1": "calibrate.metrics.entity_f1:EntityF1",
    "epe": "calibrate.metrics.epe:EndPointError",
    "f1": "calibrate.metrics.f1:F1",
    "flip_rate": "calibrate.metrics.flip_rate:FlipRate",
    "frequency_weighted_accuracy": (
        "calibrate.metrics.frequency_weighted_accuracy:FrequencyWeightedIou"
    ),
    "hausdorff_distance": "calibrate.metrics.hausdorff_distance:HausdorffDistance",
    "kl_divergence": "calibrate.metrics.kl_divergence:KlDivergence",
    "label_level_recognition_accuracy": (
        "calibrate.metrics.label_level_recognition_accuracy:CharacterAccuracy"
    ),
    "mae": "calibrate.metrics.mae:Mae",
    "map": "calibrate.metrics.map:VocMap",
    "matthews_corrcoef": "calibrate.metrics.matthews_corrcoef:MatthewsCorrelation",
    "mean_accuracy": "calibrate.metrics.mean_accuracy:MeanAccuracy",
    "mean_iou": "calibrate.metrics.mean_iou:MeanIou",
    "mean_reciprocal_rank": "calibrate.metrics.mean_reciprocal_rank:MeanReciprocalRank",
    "mse": "calibrate.metrics.mse:Mse",
    "multilabel_map": "calibrate.metrics.multilabel_map:MultilabelMap",
    "pairwise_accuracy": "calibrate.metrics.pairwise_accuracy:PairwiseAccuracy",
    "pairwise_roc_auc": "calibrate.metrics.pairwise_roc_auc:PairwiseRocAuc",
    "pearson": "calibrate.metrics.pearson:Pearson",
    "perplexity": "calibrate.metrics.perplexity:Perplexity",
    "pixel_accuracy": "calibrate.metrics.pixel_accuracy:PixelAccuracy",
    "pixel_roc_auc": "calibrate.metrics.pixel_roc_auc:PixelRocAuc",
    "precision": "calibrate.metrics.precision:PrecisionScore",
    "psnr": "calibrate.metrics.psnr:Psnr",
    "r2_score": "calibrate.metrics.r2_score:R2Score",
    "recall": "calibrate.metrics.recall:Recall",
    "recall_at_k": "calibrate.metrics.recall_at_k:RecallAtK",
    "relative_error": "calibrate.metrics.relative_error:RelativeError",
    "retrieval_map": "calibrate.metrics.retrieval_map:RetrievalMap",
    "rmse": "calibrate.metrics.rmse:Rmse",
    "roc_auc_score": "calibrate.metrics.roc_auc_score:RocAuc",
    "span_exact_match": "calibrate.metrics.span_exact_match:SpanExactMatch",
    "span_f1": "calibrate.metrics.span_f1:SpanF1",
    "spearman": "calibrate.metrics.spearman:Spearman",
    "specificity": "calibrate.metrics.specificity:Specificity",
    "sqnr": "calibrate.metrics.sqnr:Sqnr",
    "ssim": "calibrate.metrics.ssim:Ssim",
    "tar_at_far": "calibrate.metrics.tar_at_far:TarAtFar",
    "token_accuracy": "calibrate.metrics.token_accuracy:TokenAccuracy",
    "token_f1": "calibrate.metrics.token_f1:TokenF1",
    "wer": "calibrate.metrics.wer:Wer",
    "word_accuracy": "calibrate.metrics.word_accuracy:WordAccuracy",
}

RECIPES: dict[str, str] = {
    "kernel-bias-min-max": "calibrate.quantization.recipes.kernel_bias:KERNEL_BIAS_MIN_MAX",
    "kernel-bias": "calibrate.quantization.recipes.kernel_bias:KERNEL_BIAS",
    "accurate-bias": "calibrate.quantization.recipes.nncf_options:ACCURATE_BIAS",
    "accurate-bias-min-max": "calibrate.quantization.recipes.nncf_options:ACCURATE_BIAS_MIN_MAX",
    "min-max": "calibrate.quantization.recipes.nncf_options:MIN_MAX_RANGES",
    "mixed": "calibrate.quantization.recipes.nncf_options:MIXED_PRESET",
    "accurate-bias-7-bit": "calibrate.quantization.recipes.nncf_options:ACCURATE_BIAS_7_BIT",
}
"""Recipes are objects, in the order in which they are tried."""

CATALOGS: dict[Kind, dict[str, str]] = {
    "adapters": ADAPTERS,
    "steps": STEPS,
    "decoders": DECODERS,
    "metrics": METRICS,
}


def names(kind: Kind | Literal["recipes"]) -> dict[str, str]:
    """Return the known names of a kind with their import paths, including installed plugins."""
    return {**_installed(f"calibrate.{kind}"), **(RECIPES if kind == "recipes" else CATALOGS[kind])}


@cache
def _installed(group: str) -> Mapping[str, str]:
    """Return the entry points of a group; reading those of all packages takes milliseconds."""
    return {point.name: point.value for point in entry_points(group=group)}


def load_recipe(name: str) -> object:
    """Return the recipe of a known name.

    Raises:
        PluginError: the package behind it fails to import, or has no such object.
    """
    path = names("recipes")[name]
    module_name, _, attribute = path.partition(":")
    try:
        return getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise PluginError(
            f"the recipe '{name}' cannot be imported ({error})", hint=f"it is declared as {path}"
        ) from error


def load(kind: Kind, name: str, *, folder: Path, allow_files: bool = True) -> type[Component]:
    """Return the class of a name.

    Args:
        kind: which of the four families.
        name: built-in, entry point, or `file.py:Name`.
        folder: the folder that a relative `file.py` refers to.
        allow_files: False refuses `file.py:Name`, which would execute that file.

    Raises:
        CalibrateError: there is no such name; the message suggests the closest one.
        PluginError: its file or package fails to import; the cause is chained.
    """
    if ".py:" in name:
        if not allow_files:
            raise CalibrateError(
                f"'{name}' would execute a Python file, and plugins are switched off",
                hint="leave out --no-plugins if you trust the file",
            )
        return component_of_file(name, folder)
    known = names(kind)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(sorted(known))}"
        raise CalibrateError(f"unknown '{name}'", hint=hint)
    module_name, _, class_name = known[name].partition(":")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise PluginError(
            f"'{name}' cannot be imported ({error})", hint=f"install what {module_name} needs"
        ) from error
    return checked_component(getattr(module, class_name, None), name)
