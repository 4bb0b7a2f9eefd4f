"""Recognise an output of one number that is a value, not the score of a decision."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import openvino as ov

from calibrate.commands.new.guess_task import Shapes, TaskGuess, is_single, numbers_task
from calibrate.commands.new.trials import predictions_of
from calibrate.core.predictions.class_scores import ClassScores

_LEAST_SAMPLES = 8
"""On fewer samples, equal decisions may be chance."""


def as_number(
    model: ov.Model, content: Mapping[str, Any], task: TaskGuess, shapes: Shapes
) -> TaskGuess:
    """Return the task; without decisions where all of them are the same.

    One number may be the score of a decision or a value, such as a quality from 1 to 5. The
    shape does not tell. A decision that is the same for every sample cannot show a loss.

    Args:
        model: as read.
        content: sections of a config with absolute paths, but for decoder and output.
        task: as guessed from the shapes.
        shapes: of the outputs.
    """
    is_decision = [decoder["type"] for decoder in task.decoders] == ["classification"]
    if task.truth != "none" or not is_decision or not is_single(shapes):
        return task
    (pairs,) = predictions_of(model, content, task.decoders) or [()]
    answers = [
        int(np.argmax(prediction.scores))
        for prediction, _ in pairs
        if isinstance(prediction, ClassScores)
    ]
    if len(answers) < _LEAST_SAMPLES or len(set(answers)) > 1:
        return task
    reason = f"read as decisions the outputs say the same of all {len(answers)} samples tried"
    return numbers_task(shapes, reason)
