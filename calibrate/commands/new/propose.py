"""Propose a config from a model and a data folder: inspect both, then try alternatives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openvino as ov

from calibrate.commands.new.choose import (
    Tried,
    choose_task,
    chosen,
    doubts_of,
    near_ties,
    reason_of,
    repeat,
    try_all,
)
from calibrate.commands.new.data_guess import DataGuess, build_adapter
from calibrate.commands.new.guess_audio import with_length
from calibrate.commands.new.guess_dataset import guess_data
from calibrate.commands.new.guess_inputs import (
    channels_of,
    image_input,
    shapes_of,
    sides_of,
    sources_of,
    with_shapes,
)
from calibrate.commands.new.guess_preprocessing import Preprocessing, normalizations
from calibrate.commands.new.guess_steps import steps_without_images
from calibrate.commands.new.guess_task import TaskGuess, with_label_numbers
from calibrate.commands.new.image_bits import with_bits
from calibrate.commands.new.match_classes import class_order
from calibrate.commands.new.match_colours import with_colour_order
from calibrate.commands.new.match_task import Match, match
from calibrate.commands.new.one_number import as_number
from calibrate.commands.new.trials import FAILED, try_decoders
from calibrate.config.schema import ModelInput
from calibrate.context.load_model import load_untrusted_model
from calibrate.core.progress import Progress
from calibrate.core.sample import IMAGE
from calibrate.models.inputs import input_names, plan_inputs
from calibrate.models.sequences import as_sequence
from calibrate.runtime.inference import output_shapes

_TRIED_IMAGES = 64
_MORE_IMAGES = 512
"""Images on which the best few are tried again when the first images do not separate them."""
_DEFAULT_SIDE = 224
_FEW_SAMPLES = 300
_FEW = "{} samples are few: a verdict needs a few hundred."
_ONE_IMAGE = (
    "Every input ({}) is fed the same image. If each takes a different image, store them as "
    "arrays and name each one's `source`."
)
_NO_WINDOW = (
    "Volumes are fed with the values of their files, such as Hounsfield units, without a step "
    "`window` or `normalization`. If the model was trained with one, write it down, for instance "
    "`preprocessing: [{type: window, low: -100, high: 200, to: [-1, 2]}]`."
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A config, and the reason for each part of it.

    Attributes:
        content: its sections, with absolute paths.
        reasons: reasons by section.
        doubts: parts that the user has to check, a sentence each.
    """

    content: Mapping[str, Any]
    reasons: Mapping[str, str]
    doubts: tuple[str, ...]


def propose(model_path: Path, data_path: Path, progress: Progress) -> Proposal:
    """Inspect model and data, try the likely preprocessings on a few images, keep the best.

    Raises:
        CalibrateError: the model or the data cannot be read, or do not fit together.
    """
    progress.stage("Inspecting model and data")
    model = as_sequence(load_untrusted_model(model_path))
    guesses = guess_data(data_path, input_names(model))
    shapes = shapes_of(model, guesses[0])
    plans = plan_inputs(model, {name: ModelInput(shape=shape) for name, shape in shapes.items()})
    matched = match(guesses, output_shapes(model))
    if matched.data.content == "audio":
        matched = replace(matched, data=with_length(matched.data, plans))
    if matched.data.content != "images":
        needed = steps_without_images(matched.data, plans, (model_path, data_path))
        inputs = with_shapes(sources_of(plans, matched.data), shapes)
        return _without_images(model, (model_path, data_path), (needed, inputs), matched)
    data, bits = with_bits(matched.data)
    doubts = list(matched.doubts)
    plan, inputs = image_input(plans)
    images = _count(data)
    size = sides_of(plan)
    start = Preprocessing(
        *(size or (_DEFAULT_SIDE, _DEFAULT_SIDE)),
        normalization="pixels 0 to 255",
        gray=channels_of(plan) == 1,
        resize="none" if _all_of_size(data, size) else "plain",
        bits=bits,
    )
    model_section = _model_section(model_path, inputs)
    if size is None:
        doubts.append(f"The model takes any size: {_DEFAULT_SIDE} pixels are a guess.")
    if inputs and all(part == {"source": IMAGE} for part in inputs.values()):
        doubts.append(_ONE_IMAGE.format(", ".join(inputs)))
    task = matched.tasks[0]
    base = _base(model_section, data, task, min(_TRIED_IMAGES, images))
    if task.truth == "none":
        task, base = _compared_with_fp32(model, base, start.steps(), task)
        best = Tried(start, task.decoders[0], FAILED)
        doubts.append(
            "Without labels no preprocessing can be tried: write down the one that the model was "
            "trained with."
        )
        reason = f"{start.words()}; without labels nothing can be tried"
    else:
        data = _with_class_order(model, (data, base), start, task)
        trials_of = {
            index: try_all(
                model,
                _base(model_section, data, possible, min(_TRIED_IMAGES, images)),
                start,
                possible,
                progress,
            )
            for index, possible in enumerate(matched.tasks)
        }
        number = choose_task([chosen(trials).score for trials in trials_of.values()])
        task, trials = matched.tasks[number], trials_of[number]
        base = _base(model_section, data, task, min(_TRIED_IMAGES, images))
        best, images_tried = chosen(trials), min(_TRIED_IMAGES, images)
        near, more = near_ties(best, trials), min(_MORE_IMAGES, images)
        if near and best.score.value > 0 and more > images_tried:
            leaders = [tried for tried in trials if tried is best or tried in near]
            trials = repeat(model, _base(model_section, data, task, more), leaders, progress)
            best, images_tried = chosen(trials), more
        reason = reason_of(best, trials, images_tried)
        doubts += doubts_of(best, trials)
    content = _with(base, best.steps, best.decoder)
    content["dataset"] = {"name": data_path.absolute().stem, "adapter": data.adapter}
    doubts += data.doubts
    reasons = {
        "dataset": data.reason,
        "preprocessing": reason,
        "decoder": task.reason,
        "metrics": "the usual one of this task",
    }
    if images < _FEW_SAMPLES:
        doubts.append(_FEW.format(images))
    return Proposal(content, reasons, tuple(doubts))


def _without_images(
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
    model_section, count = _model_section(model_path, inputs), _count(data)
    preprocessing = list(steps)
    scores = []
    for task in matched.tasks if len(matched.tasks) > 1 else ():
        base = _base(model_section, data, task, min(_TRIED_IMAGES, count))
        content = {**base, "preprocessing": preprocessing}
        scores.append(
            max(try_decoders(model, content, task.decoders), key=lambda score: score.rank)
        )
    task = matched.tasks[choose_task(scores)]
    tried = _base(model_section, data, task, min(_TRIED_IMAGES, count))
    task, _ = _compared_with_fp32(model, tried, preprocessing, task)
    content = _base(model_section, data, task, count)
    content |= {"preprocessing": preprocessing, "decoder": task.decoders[0]}
    content["dataset"] = {"name": data_path.absolute().stem, "adapter": data.adapter}
    reasons = {
        "dataset": data.reason,
        "preprocessing": "as the data and the model's inputs need it",
        "decoder": task.reason,
        "metrics": "the usual one of this task",
    }
    small = [_FEW.format(count)] if count < _FEW_SAMPLES else []
    window = [_NO_WINDOW] if data.content == "volumes" else []
    return Proposal(content, reasons, (*matched.doubts, *data.doubts, *window, *small))


def _compared_with_fp32(
    model: ov.Model,
    base: Mapping[str, Any],
    steps: Iterable[Mapping[str, Any]],
    task: TaskGuess,
) -> tuple[TaskGuess, dict[str, Any]]:
    """Return the task of unlabelled data, and the sections of a config with its metrics."""
    content = {**base, "preprocessing": list(steps)}
    task = as_number(model, content, task, output_shapes(model))
    return task, {**base, "metrics": list(task.metrics)}


def _model_section(path: Path, inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {"path": path.absolute(), **({"inputs": dict(inputs)} if inputs else {})}


def _with_class_order(
    model: ov.Model,
    guess: tuple[DataGuess, Mapping[str, Any]],
    start: Preprocessing,
    task: TaskGuess,
) -> DataGuess:
    """Return the data with its classes in the order of the model's, if no file states the order."""
    data, base = guess
    steps = [list(tried.steps()) for tried in normalizations(start)]
    if "colors" in data.adapter:
        return with_colour_order(model, data, base, steps)
    if not data.doubts or task.truth != "boxes" or "classes" not in data.adapter:
        return data
    names = [str(name) for name in data.adapter["classes"]]
    order = class_order(model, base, steps, with_label_numbers(task.decoders), names)
    if order is None:
        return data
    doubt = (
        "The classes are in the order that the model's predictions suggest: "
        f"{', '.join(order[:10])}. Compare it with the order of the training."
    )
    adapter = {**data.adapter, "classes": list(order)}
    return replace(data, adapter=adapter, doubts=(doubt,))


def _base(
    model: Mapping[str, Any], data: DataGuess, task: TaskGuess, images: int
) -> dict[str, Any]:
    return {
        "model": model,
        "dataset": {"adapter": data.adapter, "subsample_size": images},
        "metrics": list(task.metrics),
        "budget": {"max_drop": 0.01},
    }


def _with(
    base: Mapping[str, Any], steps: Preprocessing, decoder: Mapping[str, Any]
) -> dict[str, Any]:
    return {**base, "preprocessing": list(steps.steps()), "decoder": decoder}


def _count(data: DataGuess) -> int:
    return len(build_adapter(data.adapter).items())


def _all_of_size(data: DataGuess, size: tuple[int, int] | None) -> bool:
    """Return whether the first images already have the size of the input."""
    adapter = build_adapter(data.adapter)
    samples = [adapter.read(item) for item in adapter.items()[:4]]
    return size is not None and all(
        sample.geometry is not None
        and (sample.geometry.source_height, sample.geometry.source_width) == size
        for sample in samples
    )
