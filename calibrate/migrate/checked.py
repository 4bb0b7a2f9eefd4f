"""What is written is held against the schema; what it refuses is taken out, and reported."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from calibrate.config.load import load_config
from calibrate.errors import CalibrateError, Problems
from calibrate.migrate.draft import Draft, Part
from calibrate.migrate.rendering import yaml_of

# Each round takes at least one part out, and no config has more parts.
_MOST_ROUNDS = 100
_NO_DECISIONS = ("raw", "regression", "super_resolution")


def complete(draft: Draft) -> bool:
    """Fill the gaps of a draft with an evaluation without labels, where there are images.

    Returns:
        Whether there is a config to write.
    """
    if draft.adapter is None:
        if draft.images is None:
            draft.notes.add("lost", "the whole", "nothing here reads its data, so none is written")
            return False
        draft.adapter = {"type": "images", "data_source": draft.images}
        draft.notes.add("added", "dataset.adapter", "its images are read without their labels")
        draft.metrics = []
    if draft.decoder is None:
        draft.decoder = {"type": "raw"}
        draft.metrics = []
    if not draft.metrics:
        draft.metrics = [{"type": _without_labels(draft.decoder)}]
        why = "agreement with FP32 is evaluated instead of accuracy"
        draft.notes.add("added", "metrics", why, draft.metrics[0]["type"])
    return True


def _without_labels(decoder: Part) -> str:
    """What compares predictions with FP32's: decisions where there are any, else numbers."""
    return "agreement" if decoder["type"] not in _NO_DECISIONS else "cosine_similarity"


def checked(draft: Draft) -> bool:
    """Take out of a draft whatever the schema and the components refuse.

    Returns:
        Whether what is left is a valid config.
    """
    for _ in range(_MOST_ROUNDS):
        if not complete(draft):
            return False
        problems = problems_of(draft)
        if not problems:
            return True
        _take_out(draft, problems[0])
    return False


def problems_of(draft: Draft) -> Sequence[CalibrateError]:
    """What `load_config` says of the draft, missing files apart."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_text(yaml_of(draft.document()), encoding="utf-8")
        try:
            load_config(path, allow_plugins=False, check_files=False)
        except Problems as error:
            return error.problems
        except CalibrateError as error:
            return [error]
    return []


def _take_out(draft: Draft, problem: CalibrateError) -> None:
    key = re.sub(r"^.*?config\.yaml(:\d+)?\s*", "", problem.where)
    hint = f" ({problem.hint})" if problem.hint else ""
    index = int(match[1]) if (match := re.match(r"\w+\[(\d+)\]", key)) else None
    part: object
    if key.startswith("preprocessing") and index is not None:
        part = draft.steps.pop(index)
    elif key.startswith("metrics") and index is not None:
        part = draft.metrics.pop(index)
    elif key.startswith("dataset.adapter"):
        part, draft.adapter = draft.adapter, None
        if part == {"type": "images", "data_source": draft.images}:
            draft.images = None
    elif key.startswith("decoder"):
        part, draft.decoder = draft.decoder, None
    else:
        part = _take_out_of_section(draft, key.split("."))
    draft.notes.add("lost", key or "the whole", f"{problem.message}{hint}", part)


def _take_out_of_section(draft: Draft, path: Sequence[str]) -> object:
    name, key = path[0], re.split(r"[\[.]", path[1])[0] if len(path) > 1 else ""
    sections = {"model": draft.model, "dataset": draft.dataset, **draft.others}
    section = sections.get(name, {})
    if key not in section or (name, key) == ("model", "path"):
        draft.images = draft.adapter = None  # nothing to take out: no config comes of it
        return None
    return section.pop(key)
