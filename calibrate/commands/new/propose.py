"""Propose a config from a model and a data folder: inspect both, then try what fits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openvino as ov

from calibrate.commands.new.data_guess import DataGuess, build_adapter
from calibrate.commands.new.guess_dataset import guess_data
from calibrate.commands.new.guess_preprocessing import Preprocessing, normalizations, variations
from calibrate.commands.new.guess_steps import steps_without_images
from calibrate.commands.new.guess_task import (
    TaskGuess,
    guess_tasks,
    unlabelled_task,
    with_label_numbers,
)
from calibrate.commands.new.image_bits import with_bits
from calibrate.commands.new.match_classes import class_order
from calibrate.commands.new.trials import FAILED, Score, try_decoders
from calibrate.context.load_model import load_untrusted_model
from calibrate.core.progress import Progress
from calibrate.core.sample import IMAGE
from calibrate.errors import CalibrateError
from calibrate.models.inputs import InputPlan, plan_inputs
from calibrate.runtime.inference import output_shapes

_TRIED_IMAGES = 64
_MORE_IMAGES = 512
"""Images on which the best few are tried again when the first images do not separate them."""
_DEFAULT_SIDE = 224
_FEW_SAMPLES = 300
_FEW = "{} samples decide little: a few hundred are needed for a verdict."
_ONE_IMAGE = (
    "Every input ({}) is fed the same image. If each takes a different image, store them as "
    "arrays and name each one's `source`."
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A config, and the reason for each part of it.

    Attributes:
        content: its sections, with absolute paths.
        reasons: by section.
        doubts: what a user has to check.
    """

    content: Mapping[str, Any]
    reasons: Mapping[str, str]
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Tried:
    steps: Preprocessing
    decoder: Mapping[str, Any]
    score: Score


def propose(model_path: Path, data_path: Path, progress: Progress) -> Proposal:
    """Inspect model and data, try the likely preprocessings on a few images, keep the best.

    Raises:
        CalibrateError: the model or the data cannot be read, or do not fit together.
    """
    progress.stage("Looking at model and data")
    model = load_untrusted_model(model_path)
    plans = plan_inputs(model, {})
    data, task, doubts = _match(guess_data(data_path), output_shapes(model))
    if data.content != "images":
        return _without_images(model_path, data_path, plans, (data, task, doubts))
    data, bits = with_bits(data)
    plan, inputs = _image_input(plans)
    images = _count(data)
    size = _sides(plan)
    start = Preprocessing(
        *(size or (_DEFAULT_SIDE, _DEFAULT_SIDE)),
        normalization="pixels 0 to 255",
        gray=_channels(plan) == 1,
        resize="none" if _all_of_size(data, size) else "plain",
        bits=bits,
    )
    given = {"path": model_path.absolute(), **({"inputs": inputs} if inputs else {})}
    base = _base(given, data, task, min(_TRIED_IMAGES, images))
    if size is None:
        doubts.append(f"The model takes any size: {_DEFAULT_SIDE} pixels are a guess.")
    if inputs:
        doubts.append(_ONE_IMAGE.format(", ".join(inputs)))
    if task.truth == "none":
        best = _Tried(start, task.decoders[0], FAILED)
        doubts.append(
            "Without labels no preprocessing can be tried: write the one that the model was "
            "trained with."
        )
        reason = "guessed: without labels it cannot be tried"
    else:
        if data.doubts and task.truth == "boxes":
            data = _with_class_order(model, (data, base), start, task)
            base = _base(given, data, task, min(_TRIED_IMAGES, images))
        trials = _try_all(model, base, start, task, progress)
        best, images_tried = _chosen(trials), min(_TRIED_IMAGES, images)
        near, more = _near(best, trials), min(_MORE_IMAGES, images)
        if near and best.score.value > 0 and more > images_tried:
            few = [tried for tried in trials if tried is best or tried in near]
            trials = _again(model, _base(given, data, task, more), few, progress)
            best, images_tried = _chosen(trials), more
        reason = _why(best, trials, images_tried)
        doubts += _doubts(best, trials)
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
    model_path: Path,
    data_path: Path,
    plans: Sequence[InputPlan],
    match: tuple[DataGuess, TaskGuess, Sequence[str]],
) -> Proposal:
    """Return a proposal for text, arrays and volumes, where no preprocessing has to be tried."""
    data, task, doubts = match
    sources = {plan.name: {"source": key} for plan, key in _sources(plans, data).items()}
    content = {
        "model": {"path": model_path.absolute(), **({"inputs": sources} if sources else {})},
        "dataset": {"name": data_path.absolute().stem, "adapter": data.adapter},
        "preprocessing": list(steps_without_images(data, plans, (model_path, data_path))),
        "decoder": task.decoders[0],
        "metrics": list(task.metrics),
    }
    reasons = {
        "dataset": data.reason,
        "preprocessing": "as the data and the model's inputs need it",
        "decoder": task.reason,
        "metrics": "the usual one of this task",
    }
    count = _count(data)
    few = [_FEW.format(count)] if count < _FEW_SAMPLES else []
    return Proposal(content, reasons, (*doubts, *data.doubts, *few))


def _sources(plans: Sequence[InputPlan], data: DataGuess) -> dict[InputPlan, str]:
    """Return the array that feeds each input where their names differ."""
    keys = list(data.adapter.get("inputs") or data.adapter.get("data_columns") or {})
    if len(plans) == 1 or not keys or {plan.name for plan in plans} <= set(keys):
        return {plans[0]: keys[0]} if len(plans) == 1 and keys and keys[0] != IMAGE else {}
    return {}


def _with_class_order(
    model: ov.Model,
    known: tuple[DataGuess, Mapping[str, Any]],
    start: Preprocessing,
    task: TaskGuess,
) -> DataGuess:
    """Return the data with its classes in the order of the model's class ids."""
    data, base = known
    steps = [list(tried.steps()) for tried in normalizations(start)]
    names = [str(name) for name in data.adapter["classes"]]
    order = class_order(model, base, steps, with_label_numbers(task.decoders), names)
    if order is None:
        return data
    doubt = (
        "The classes are in the order that the model's own boxes suggest: "
        f"{', '.join(order[:10])}. Compare it with the order of the training."
    )
    adapter = {**data.adapter, "classes": list(order)}
    return replace(data, adapter=adapter, doubts=(doubt,))


def _match(
    guesses: Sequence[DataGuess], shapes: Mapping[str, tuple[int, ...]]
) -> tuple[DataGuess, TaskGuess, list[str]]:
    """Return the likeliest task whose ground truth the data contains, with doubts about it."""
    for data in guesses:
        for task in guess_tasks(shapes, str(data.adapter["type"])):
            if task.truth == data.truth != "none":
                return data, task, []
    labelled = [data for data in guesses if data.truth != "none"]
    spelled = ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())
    if not labelled:
        return guesses[-1], _compared(guesses[-1], shapes), []
    doubt = (
        f"The data has labels ({labelled[0].reason}), but no built-in decoder reads such "
        f"predictions from the outputs {spelled}: INT8 is compared with FP32 instead."
    )
    return guesses[-1], _compared(guesses[-1], shapes), [doubt]


def _compared(data: DataGuess, shapes: Mapping[str, tuple[int, ...]]) -> TaskGuess:
    return unlabelled_task(shapes, is_image=data.content == "images")


def _chosen(trials: Sequence[_Tried]) -> _Tried:
    """Return the trial with the best metric among those not clearly worse than the leader.

    Of equal trials, the first: preprocessings are tried in order of how common they are.
    """
    leader = max(trials, key=lambda tried: tried.score.rank)
    near = [tried for tried in trials if not leader.score.is_clearly_above(tried.score)]
    return max(near, key=lambda tried: tried.score.value)


def _near(best: _Tried, trials: Sequence[_Tried]) -> list[_Tried]:
    """Return the trials with the same decoder that these images do not prove to be worse."""
    return [
        tried
        for tried in trials
        if tried.steps != best.steps
        and tried.decoder == best.decoder
        and not best.score.is_clearly_above(tried.score)
    ]


def _again(
    model: ov.Model, base: Mapping[str, Any], few: Sequence[_Tried], progress: Progress
) -> list[_Tried]:
    """Repeat trials on the images of another base, in the same order."""
    progress.stage("Trying the nearest on more images", len(few))
    repeated = []
    for tried in few:
        content = {**base, "preprocessing": list(tried.steps.steps())}
        (score,) = try_decoders(model, content, (tried.decoder,))
        repeated.append(_Tried(tried.steps, tried.decoder, score))
        progress.advance()
    return repeated


def _try_all(
    model: ov.Model,
    base: Mapping[str, Any],
    start: Preprocessing,
    task: TaskGuess,
    progress: Progress,
) -> list[_Tried]:
    """Try every normalization with every decoder first, then variations of the best."""
    trials: list[_Tried] = []

    def attempt(proposals: Iterable[Preprocessing], decoders: Sequence[Mapping[str, Any]]) -> None:
        listed = list(proposals)
        progress.stage("Trying preprocessings", len(listed))
        for steps in listed:
            scores = try_decoders(model, {**base, "preprocessing": list(steps.steps())}, decoders)
            pairs = zip(decoders, scores, strict=True)
            trials.extend(_Tried(steps, decoder, score) for decoder, score in pairs)
            progress.advance()

    boxes = task.truth == "boxes"
    attempt(normalizations(start), with_label_numbers(task.decoders) if boxes else task.decoders)
    best = max(trials, key=lambda tried: tried.score.rank)
    changed = variations(best.steps, crops=task.truth == "class", letterboxes=boxes)
    attempt(changed, (best.decoder,))
    return trials


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


def _why(best: _Tried, trials: Sequence[_Tried], images: int) -> str:
    others = [tried for tried in trials if tried.steps != best.steps]
    second = max(others, key=lambda tried: tried.score.value)
    return (
        f"tried on {images} images: {best.steps.words()} scores {best.score.value:.3f}, "
        f"the best other ({second.steps.words()}) {max(second.score.value, 0.0):.3f}"
    )


def _doubts(best: _Tried, trials: Sequence[_Tried]) -> list[str]:
    if best.score.value <= 0:
        return ["The FP32 metric is 0 with each of these: do the labels fit the model's classes?"]
    near = [tried.steps.words() for tried in _near(best, trials)]
    if not near:
        return []
    listed = "; ".join(near)
    return [
        f"Nearly as good on so few images: {listed}. Prefer what the model's documentation says."
    ]


def _image_input(plans: Sequence[InputPlan]) -> tuple[InputPlan, dict[str, Any]]:
    """Return the input that the image has to fit, and what feeds each of several inputs.

    Raises:
        CalibrateError: the inputs differ, so that one image cannot be all of them.
    """
    first = plans[0]
    if len(plans) == 1:
        return first, {}
    kinds = {(plan.shape[1:], plan.layout) for plan in plans}
    if len(kinds) == 1 and first.layout in ("NCHW", "NHWC"):
        return first, {plan.name: {"source": IMAGE} for plan in plans}
    listed = ", ".join(f"{plan.name} {list(plan.shape)}" for plan in plans)
    raise CalibrateError(
        f"the model has {len(plans)} inputs that one image cannot feed: {listed}",
        where="model.inputs",
        hint="write the config by hand, with an adapter whose samples contain data for each "
        "(`arrays`, `calibrate list adapters`) and `source` where the names differ",
    )


def _sides(plan: InputPlan) -> tuple[int, int] | None:
    """Return height and width of the input, None where they are dynamic."""
    if plan.layout not in ("NCHW", "NHWC"):
        return None
    height, width = plan.shape[2:] if plan.layout == "NCHW" else plan.shape[1:3]
    return (height, width) if height > 0 and width > 0 else None


def _channels(plan: InputPlan) -> int:
    return plan.shape[plan.layout.index("C")] if "C" in plan.layout else 3


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
