"""Propose a config from a model and a data folder: inspect both, then try alternatives."""

from collections.abc import Mapping
from dataclasses import replace
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
    try_tasks,
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
from calibrate.commands.new.match_task import match
from calibrate.commands.new.one_number import as_number
from calibrate.commands.new.proposal import (
    Proposal,
    base_sections,
    doubts_of_count,
    model_section_of,
    sample_count,
)
from calibrate.commands.new.propose_without_images import propose_without_images
from calibrate.commands.new.trials import FAILED
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
_ONE_IMAGE = (
    "Every input ({}) is fed the same image. If each takes a different image, store them as "
    "arrays and name each one's `source`."
)


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
        return propose_without_images(model, (model_path, data_path), (needed, inputs), matched)
    data, bits = with_bits(matched.data)
    doubts = list(matched.doubts)
    plan, inputs = image_input(plans)
    images = sample_count(data)
    images_tried = min(_TRIED_IMAGES, images)
    size = sides_of(plan)
    start = Preprocessing(
        *(size or (_DEFAULT_SIDE, _DEFAULT_SIDE)),
        normalization="pixels 0 to 255",
        gray=channels_of(plan) == 1,
        resize="none" if _all_of_size(data, size) else "plain",
        bits=bits,
    )
    model_section = model_section_of(model_path, inputs)
    if size is None:
        doubts.append(f"The model takes any size: {_DEFAULT_SIDE} pixels are a guess.")
    if inputs and all(part == {"source": IMAGE} for part in inputs.values()):
        doubts.append(_ONE_IMAGE.format(", ".join(inputs)))
    task = matched.tasks[0]
    base = base_sections(model_section, data, task, images_tried)
    if task.truth == "none":
        content = {**base, "preprocessing": list(start.steps())}
        task = as_number(model, content, task, output_shapes(model))
        best = Tried(start, task.decoders[0], FAILED)
        doubts.append(
            "Without labels no preprocessing can be tried: write down the one that the model was "
            "trained with."
        )
        reason = f"{start.words()}; without labels nothing can be tried"
    else:
        data = _with_class_order(model, (data, base), start, task)
        base = base_sections(model_section, data, task, images_tried)
        trials_of = try_tasks(model, base, start, matched.tasks, progress)
        number = choose_task([chosen(trials).score for trials in trials_of])
        task, trials = matched.tasks[number], trials_of[number]
        best = chosen(trials)
        near, more = near_ties(best, trials), min(_MORE_IMAGES, images)
        if near and best.score.value > 0 and more > images_tried:
            leaders = [tried for tried in trials if tried is best or tried in near]
            trials = repeat(
                model, base_sections(model_section, data, task, more), leaders, progress
            )
            best, images_tried = chosen(trials), more
        reason = reason_of(best, trials, images_tried)
        doubts += doubts_of(best, trials)
    content = {
        **base,
        "dataset": {"name": data_path.absolute().stem, "adapter": data.adapter},
        "metrics": list(task.metrics),
        "preprocessing": list(best.steps.steps()),
        "decoder": best.decoder,
    }
    doubts += data.doubts
    reasons = {
        "dataset": data.reason,
        "preprocessing": reason,
        "decoder": task.reason,
        "metrics": "the usual one of this task",
    }
    return Proposal(content, reasons, (*doubts, *doubts_of_count(images)))


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


def _all_of_size(data: DataGuess, size: tuple[int, int] | None) -> bool:
    """Return whether the first images already have the size of the input."""
    if size is None:
        return False
    adapter = build_adapter(data.adapter)
    samples = [adapter.read(item) for item in adapter.items()[:4]]
    return all(
        sample.geometry is not None
        and (sample.geometry.source_height, sample.geometry.source_width) == size
        for sample in samples
    )
