"""Match the colours of RGB masks to the classes of a segmentation model."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import openvino as ov

from calibrate.commands.new.class_assignment import best_order
from calibrate.commands.new.data_guess import DataGuess
from calibrate.commands.new.trials import predictions_of
from calibrate.core.annotation import MaskTarget
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.text import shown
from calibrate.datasets.formats.images import decoding, open_image
from calibrate.errors import CalibrateError

_DECODER = {"type": "segmentation", "resize_to": "mask"}
_LOOKED_AT = 64
_MOST_COLOURS = 64
_LEAST_SHARE = 0.5
"""Least share of the pixels that the order has to explain."""

Colour = tuple[int, int, int]


def colours_of(paths: Sequence[Path]) -> tuple[Colour, ...]:
    """Return the colours of the first RGB masks, sorted; none if there are too many for classes.

    Args:
        paths: paths of the masks.
    """
    colours: set[Colour] = set()
    for path in paths[:_LOOKED_AT]:
        counted = _counted_colours(path)
        if counted is None:
            return ()
        colours |= {colour for _, colour in counted}
    return tuple(sorted(colours)) if 2 <= len(colours) <= _MOST_COLOURS else ()


def _counted_colours(path: Path) -> list[tuple[int, Colour]] | None:
    """Return counts of the colours of a mask; None for many colours, grey or a broken file."""
    where = shown(path)
    try:
        with decoding(where), path.open("rb") as file, open_image(file, where) as image:
            if image.mode not in ("RGB", "RGBA"):
                return None
            counted = image.convert("RGB").getcolors(_MOST_COLOURS)
    except CalibrateError:
        return None  # the adapter reports that if the user names the folder
    return cast("list[tuple[int, Colour]] | None", counted)


def with_colour_order(
    model: ov.Model,
    data: DataGuess,
    base: Mapping[str, Any],
    preprocessings: Sequence[Sequence[Mapping[str, Any]]],
) -> DataGuess:
    """Return the data with its colours in the order of the model's classes.

    Each pixel votes for its colour and the predicted class; the order with the most votes is an
    assignment. The preprocessing whose order explains most votes decides. Unchanged where none
    explains half of the pixels or the model predicts a class beyond the colours.

    Args:
        model: model as read.
        data: masks with `colors`.
        base: sections of a config, but for preprocessing and decoder.
        preprocessings: preprocessings to try.
    """
    count = len(data.adapter["colors"])
    best, order = _LEAST_SHARE, None
    for steps in preprocessings:
        votes = np.zeros((count, count))
        for pairs in predictions_of(model, {**base, "preprocessing": list(steps)}, [_DECODER]):
            for prediction, target in pairs:
                if not isinstance(prediction, ClassMap) or not isinstance(target, MaskTarget):
                    return data
                if prediction.mask.max() >= count:
                    return data
                np.add.at(votes, (target.mask.ravel(), prediction.mask.ravel()), 1)
        places, explained = best_order(votes)
        share = explained / max(float(votes.sum()), 1)
        if share > best:
            best, order = share, places
    if order is None:
        return data
    colours = [data.adapter["colors"][place] for place in order]
    doubt = (
        "The colours are in the order that the model's predictions suggest: "
        f"{', '.join(map(str, colours[:10]))}. Compare it with the order of the training."
    )
    return replace(data, adapter={**data.adapter, "colors": colours}, doubts=(doubt,))
