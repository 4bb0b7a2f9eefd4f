"""The stages of a run: their names in the ledger and the report, and their order."""

from enum import StrEnum


class Stage(StrEnum):
    """A part of a run under whose name the ledger counts a cost."""

    READ_MODEL = "read model"
    DECODE = "decode"
    PREPARE = "prepare"
    INFERENCE_BATCH = "inference batch"
    FP32 = "fp32"
    ALTERNATIVES = "alternatives"
    CALIBRATION = "calibration"
    WORKERS = "workers"
    INT8 = "int8"
    RECIPES = "recipes"
    FINE_TUNING = "fine-tuning"
    WARM_START = "warm start"
    SENSITIVITY = "sensitivity"
    PROFILE = "profile"
    CANDIDATES = "candidates"
    ACCEPTANCE = "acceptance"
    TIMING = "timing"
    MEMORY = "memory"
    OPEN_DIMENSIONS = "open dimensions"
    DIFFERENCES = "differences"
    RANGES = "ranges"
    LAYER_ERRORS = "layer errors"
    REPORT_SENSITIVITIES = "report sensitivities"
    OTHER = "other"


FLOOR = (Stage.DECODE, Stage.FP32, Stage.CALIBRATION, Stage.INT8, Stage.TIMING)
"""Stages that every run needs: each image decoded and inferred in FP32 once, one calibration,
one INT8 pass, and the timing of the result."""

FALLING_BACK = (Stage.FINE_TUNING, Stage.SENSITIVITY, Stage.CANDIDATES)
"""Stages of a run in which not everything in INT8 was within the budget."""

INFERENCE_ALONE = (Stage.FP32, Stage.INT8, Stage.SENSITIVITY, Stage.CANDIDATES, Stage.ACCEPTANCE)
"""Stages that consist of inferences alone, so that the pace of the first foretells the rest."""

RECURRING = (Stage.PROFILE, Stage.ACCEPTANCE, Stage.MEMORY)
"""Stages that may recur or run beside others, so that they do not show how far a run is."""

_PHASES = (
    (Stage.CALIBRATION,),
    (Stage.INT8,),
    (Stage.RECIPES, Stage.FINE_TUNING),
    (Stage.SENSITIVITY, Stage.PROFILE),
    (Stage.CANDIDATES, Stage.ACCEPTANCE),
    (Stage.TIMING,),
    (
        Stage.MEMORY,
        Stage.DIFFERENCES,
        Stage.RANGES,
        Stage.LAYER_ERRORS,
        Stage.REPORT_SENSITIVITIES,
    ),
)
_POSITIONS = {stage: index for index, phase in enumerate(_PHASES, 1) for stage in phase}


def position(stage: Stage) -> int:
    """Return the position of a stage in a run; stages that take turns share one.

    Stages of the preparation, and those that few runs have, are at position 0.
    """
    return _POSITIONS.get(stage, 0)
