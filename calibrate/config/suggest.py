"""Suggest what was probably meant: the nearest known word, or the name in other tools."""

import difflib
from collections.abc import Iterable
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from calibrate.config.tree import KeyPath

# Names of POT, Intel Neural Compressor, the 2018 calibration tool, AIMET and the Accuracy Checker.
PEERS = {
    "allowed_accuracy_drop": "max_drop",
    "calibration_sampling_size": "subset_size",
    "confidence_batches": "ranking_subset_size",
    "converter": "type",
    "criterion": "drop_type",
    "ignored": "ignored_scope",
    "max_iter_num": "max_num_iterations",
    "max_minutes": "timeout",
    "max_trials": "max_num_iterations",
    "maximal_drop": "max_drop",
    "op_name_dict": "names",
    "op_type_dict": "types",
    "postprocessing": "decoder",
    "reduce_range": "overflow_fix",
    "saturation_fix": "overflow_fix",
    "stat_subset_size": "subset_size",
    "tolerable_loss": "max_drop",
    "use_fast_bias": "fast_bias_correction",
}


def suggestion(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant."""
    choices = list(known)
    if PEERS.get(word) in choices:
        return PEERS[word]
    near = difflib.get_close_matches(word.lower(), choices, n=1, cutoff=0.6)
    return near[0] if near else None


def advice(word: str, known: Iterable[str]) -> str:
    """Return `did you mean 'x'?`, or the known words if none is near."""
    choices = list(known)
    near = suggestion(word, choices)
    if near is not None:
        return f"did you mean '{near}'?"
    return f"known: {', '.join(sorted(choices))}" if choices else ""


def keys(model: type[BaseModel]) -> list[str]:
    """Return the keys of a section as spelled in YAML."""
    return [info.alias or name for name, info in model.model_fields.items()]


def sections_at(model: type[BaseModel], path: KeyPath) -> list[type[BaseModel]]:
    """Return the possible sections at a path below a section: several for a union, or none."""
    annotations: list[Any] = [model]
    for key in path:
        annotations = [
            below for annotation in annotations for below in _below(_members(annotation), key)
        ]
    return [
        member
        for annotation in annotations
        for member in _members(annotation)
        if isinstance(member, type) and issubclass(member, BaseModel)
    ]


def home(model: type[BaseModel], key: str) -> str | None:
    """Return the section that a key misplaced at the top of a config belongs to."""
    word = PEERS.get(key, key)
    for name in keys(model):
        for section in sections_at(model, (name,)):
            if word in keys(section):
                return f"{name}.{word}"
    return None


def _members(annotation: Any) -> list[Any]:  # noqa: ANN401  # whatever a field may be annotated with
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [member for argument in get_args(annotation) for member in _members(argument)]
    return [annotation]


def _below(members: list[Any], key: str | int) -> list[Any]:
    annotations: list[Any] = []
    for member in members:
        arguments = [argument for argument in get_args(member) if argument is not Ellipsis]
        if isinstance(key, int) and get_origin(member) in (tuple, list) and arguments:
            annotations.append(arguments[min(key, len(arguments) - 1)])
        elif get_origin(member) is dict:
            annotations.append(arguments[1])
        elif isinstance(member, type) and issubclass(member, BaseModel):
            annotations.extend(
                info.annotation
                for name, info in member.model_fields.items()
                if key == (info.alias or name)
            )
    return annotations
