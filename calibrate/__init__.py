"""Accuracy-constrained INT8 calibration of OpenVINO models for CPU.

The public names are loaded when they are first used, so that importing the package, which the
command line does for `--help` too, costs nothing.
"""

import importlib
from typing import TYPE_CHECKING

from calibrate import nncf_without_torch, telemetry

if TYPE_CHECKING:
    from calibrate.api import analyze, benchmark, check, evaluate, run, verify
    from calibrate.config.load import load_config
    from calibrate.config.resolved import Resolved
    from calibrate.core.annotation import (
        Annotation,
        BoxSet,
        ClassLabel,
        ImageTarget,
        InstanceMaskSet,
        LabelSet,
        MaskTarget,
        OrientedBoxSet,
        PoseSet,
        SeveralTargets,
        TokenTarget,
        ValueTarget,
    )
    from calibrate.core.component import (
        Adapter,
        AnchoredPath,
        Component,
        Decoder,
        Evidence,
        Metric,
        Outputs,
        Step,
        Target,
    )
    from calibrate.core.predictions.base import Prediction
    from calibrate.core.predictions.class_map import ClassMap
    from calibrate.core.predictions.class_scores import ClassScores
    from calibrate.core.predictions.detections import Detections
    from calibrate.core.predictions.embedding import Embedding
    from calibrate.core.predictions.image_output import ImageOutput
    from calibrate.core.predictions.instance_masks import InstanceMasks
    from calibrate.core.predictions.label_scores import LabelScores
    from calibrate.core.predictions.oriented_boxes import OrientedBoxes
    from calibrate.core.predictions.poses import Poses
    from calibrate.core.predictions.raw_outputs import RawOutputs
    from calibrate.core.predictions.score_map import ScoreMap
    from calibrate.core.predictions.several import SeveralPredictions
    from calibrate.core.predictions.span import Span
    from calibrate.core.predictions.token_scores import TokenScores
    from calibrate.core.predictions.values import Values
    from calibrate.core.sample import Facts, Geometry, Item, Sample, image_sample
    from calibrate.errors import CalibrateError, PluginError, Problems, raise_all
    from calibrate.report.load import load_report
    from calibrate.report.schema import Report
    from calibrate.version import __version__

# A name of the public interface is a line here, in `__all__` and in the block above.
_HOMES: dict[str, str] = {
    **dict.fromkeys(
        (
            "Annotation",
            "BoxSet",
            "ClassLabel",
            "ImageTarget",
            "InstanceMaskSet",
            "LabelSet",
            "MaskTarget",
            "OrientedBoxSet",
            "PoseSet",
            "SeveralTargets",
            "TokenTarget",
            "ValueTarget",
        ),
        "calibrate.core.annotation",
    ),
    **dict.fromkeys(
        (
            "Adapter",
            "AnchoredPath",
            "Component",
            "Decoder",
            "Evidence",
            "Metric",
            "Outputs",
            "Step",
            "Target",
        ),
        "calibrate.core.component",
    ),
    "ClassMap": "calibrate.core.predictions.class_map",
    "ClassScores": "calibrate.core.predictions.class_scores",
    "Detections": "calibrate.core.predictions.detections",
    "Embedding": "calibrate.core.predictions.embedding",
    "ImageOutput": "calibrate.core.predictions.image_output",
    "InstanceMasks": "calibrate.core.predictions.instance_masks",
    "LabelScores": "calibrate.core.predictions.label_scores",
    "OrientedBoxes": "calibrate.core.predictions.oriented_boxes",
    "Poses": "calibrate.core.predictions.poses",
    "ScoreMap": "calibrate.core.predictions.score_map",
    "SeveralPredictions": "calibrate.core.predictions.several",
    "Prediction": "calibrate.core.predictions.base",
    "RawOutputs": "calibrate.core.predictions.raw_outputs",
    "Span": "calibrate.core.predictions.span",
    "TokenScores": "calibrate.core.predictions.token_scores",
    "Values": "calibrate.core.predictions.values",
    **dict.fromkeys(
        ("Facts", "Geometry", "Item", "Sample", "image_sample"), "calibrate.core.sample"
    ),
    **dict.fromkeys(("CalibrateError", "PluginError", "Problems", "raise_all"), "calibrate.errors"),
    "Report": "calibrate.report.schema",
    "Resolved": "calibrate.config.resolved",
    "__version__": "calibrate.version",
    "load_config": "calibrate.config.load",
    "load_report": "calibrate.report.load",
    **dict.fromkeys(
        ("analyze", "benchmark", "check", "evaluate", "run", "verify"), "calibrate.api"
    ),
}

__all__ = [
    "Adapter",
    "AnchoredPath",
    "Annotation",
    "BoxSet",
    "CalibrateError",
    "ClassLabel",
    "ClassMap",
    "ClassScores",
    "Component",
    "Decoder",
    "Detections",
    "Embedding",
    "Evidence",
    "Facts",
    "Geometry",
    "ImageOutput",
    "ImageTarget",
    "InstanceMaskSet",
    "InstanceMasks",
    "Item",
    "LabelScores",
    "LabelSet",
    "MaskTarget",
    "Metric",
    "OrientedBoxSet",
    "OrientedBoxes",
    "Outputs",
    "PluginError",
    "PoseSet",
    "Poses",
    "Prediction",
    "Problems",
    "RawOutputs",
    "Report",
    "Resolved",
    "Sample",
    "ScoreMap",
    "SeveralPredictions",
    "SeveralTargets",
    "Span",
    "Step",
    "Target",
    "TokenScores",
    "TokenTarget",
    "ValueTarget",
    "Values",
    "__version__",
    "analyze",
    "benchmark",
    "check",
    "evaluate",
    "image_sample",
    "load_config",
    "load_report",
    "raise_all",
    "run",
    "verify",
]

# Every import of a part of the package passes here first, so it cannot be forgotten there.
telemetry.switch_off()
nncf_without_torch.install()


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'calibrate' has no attribute '{name}'")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
