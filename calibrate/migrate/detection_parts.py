"""What every detection decoder is given: limits, names of outputs, suppression."""

from calibrate.migrate.draft import Part
from calibrate.migrate.keys import Keys
from calibrate.migrate.notes import Notes
from calibrate.migrate.postprocessing import Afterwards
from calibrate.migrate.values import is_plain_name

# The Accuracy Checker keeps every detection that nothing filters.
ALL_SCORES, ALL_BOXES = 0.0, 10000
_ITSELF = "the decoder finds the output by its name and shape"


def limits_of(after: Afterwards, score: float = ALL_SCORES, boxes: int = ALL_BOXES) -> Part:
    """Least score, most boxes and clipping; the postprocessing's limits come first."""
    limits: Part = {"score_threshold": score, "keep_top_k": boxes, **after.limits}
    limits["score_threshold"] = max(score, limits["score_threshold"])
    return limits if after.clip == "before_nms" else {**limits, "clip_boxes": after.clip}


def outputs_of(keys: Keys, **ours: str) -> Part:
    """Names of outputs; a pattern is left to the decoder, which looks at shapes and names."""
    part: Part = {}
    for name, theirs in ours.items():
        text = keys.get(theirs)
        if text is None:
            continue
        if is_plain_name(str(text)):
            part[name] = str(text)
        else:
            keys.no_meaning(_ITSELF, theirs)
    return part


def suppression_of(notes: Notes, after: Afterwards) -> Part:
    """Suppression of all boxes of a dense head."""
    agnostic: Part = {"class_agnostic_nms": True} if after.is_class_agnostic else {}
    method: Part = {"nms_method": after.method} if after.method != "iou" else {}
    edge: Part = {"nms_edge": after.edge} if after.edge else {}
    # The Accuracy Checker compares all boxes of a class.
    everything: Part = {"max_per_class": None} if after.suppression else {}
    if after.rounding != "none":
        notes.add(
            "differs", after.suppression, "there boxes are rounded before they are suppressed"
        )
    return {"nms_threshold": after.overlap, **everything, **agnostic, **method, **edge}


def listed_suppression_of(notes: Notes, after: Afterwards) -> Part:
    """Suppression of lists that the model has suppressed already."""
    if not after.suppression:
        return {}
    if after.method != "iou":
        notes.add("lost", after.suppression, "lists are suppressed by intersection over union here")
        return {}
    part: Part = {"nms_threshold": after.overlap}
    if after.is_class_agnostic:
        part["class_agnostic_nms"] = True
    if after.edge:
        part["nms_edge"] = after.edge
    if after.rounding != "none":
        part["nms_rounding"] = after.rounding
    return part
