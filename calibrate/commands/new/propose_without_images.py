"""Propose a config for text, arrays and volumes, where no preprocessing has to be tried."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openvino as ov

from calibrate.commands.new.choose import choose_task, readings_of, score_readings
from calibrate.commands.new.guess_task import TaskGuess
from calibrate.commands.new.match_task import Match
from calibrate.commands.new.one_number import as_number
from calibrate.commands.new.proposal import (
    Proposal,
    base_sections,
    doubts_of_count,
    model_section_of,
    sample_count,
)
from calibrate.commands.new.trials import Score
from calibrate.runtime.inference import output_shapes

_TRIED_SAMPLES = 64
_NO_WINDOW = (
    "Volumes are fed with the values of their files, such as Hounsfield units, without a step "
    "`window` or `normalization`. If the model was trained with one, write it down, for instance "
    "`preprocessing: [{type: window, low: -100, high: 200, to: [-1, 2]}]`."
)


def propose_without_images(
    model: ov.Model,
    places: tuple[Path, Path],
    feeding: tuple[Iterable[Mapping[str, Any]], Mapping[str, Any]],
    matched: Match,
) -> Proposal:
    """Return a proposal for text, arrays and volumes, where no preprocessing has to be tried.

    Args:
        model: model as read.
        places: paths of the model and of the data.
        feeding: the steps, and the section `model.inputs`.
        matched: the data and its tasks.
    """
    (model_path, data_path), (steps, inputs), data = places, feeding, matched.data
    model_section, count = model_section_of(model_path, inputs), sample_count(data)
    preprocessing = list(steps)
    tried = base_sections(model_section, data, matched.tasks[0], min(_TRIED_SAMPLES, count))
    tried |= {"preprocessing": preprocessing}
    if matched.tasks[0].truth == "none":
        task = as_number(model, tried, matched.tasks[0], output_shapes(model))
    else:
        task = _best_reading(model, tried, matched.tasks)
    content = base_sections(model_section, data, task, count)
    content |= {"preprocessing": preprocessing, "decoder": task.decoders[0]}
    content["dataset"] = {"name": data_path.absolute().stem, "adapter": data.adapter}
    reasons = {
        "dataset": data.reason,
        "preprocessing": "as the data and the model's inputs need it",
        "decoder": task.reason,
        "metrics": "the usual one of this task",
    }
    window = [_NO_WINDOW] if data.content == "volumes" else []
    doubts = (*matched.doubts, *data.doubts, *window, *doubts_of_count(count))
    return Proposal(content, reasons, doubts)


def _best_reading(
    model: ov.Model, content: Mapping[str, Any], tasks: Sequence[TaskGuess]
) -> TaskGuess:
    """Return the task that fits the labels best, with the decoder that fits them best.

    Args:
        model: model as read.
        content: sections of a config, but for decoder, metrics and output.
        tasks: tasks with the annotation of the data, the likeliest first.
    """
    readings = readings_of(tasks)
    if len(readings) == 1:
        return tasks[0]
    scores = score_readings(model, content, tasks, readings)
    best: dict[int, tuple[Mapping[str, Any], Score]] = {}
    for (number, decoder), score in zip(readings, scores, strict=True):
        if number not in best or score.rank > best[number][1].rank:
            best[number] = decoder, score
    number = choose_task([best[index][1] for index in range(len(tasks))])
    return replace(tasks[number], decoders=(best[number][0],))
