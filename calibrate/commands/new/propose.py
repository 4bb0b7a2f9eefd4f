"""Propose a config from a model and a data folder: look at both, then try what fits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openvino as ov

from calibrate.commands.new.guess_dataset import DataGuess, guess_data
from calibrate.commands.new.guess_preprocessing import Preprocessing, normalizations, variations
from calibrate.commands.new.guess_task import TaskGuess, guess_tasks
from calibrate.commands.new.trials import FAILED, Score, try_decoders
from calibrate.context.load_model import load_untrusted_model
from calibrate.core.progress import Progress
from calibrate.core.sample import IMAGE
from calibrate.errors import CalibrateError
from calibrate.models.inputs import InputPlan, plan_inputs
from calibrate.plugins import load
from calibrate.runtime.inference import output_shapes

_TRIED_IMAGES = 64
_MORE_IMAGES = 512
"""On which the last few are tried again, where the first images do not tell them apart."""
_DEFAULT_SIDE = 224
_ONE_IMAGE = (
    "Every input ({}) is fed the same image. If each takes an image of its own, keep them as "
    "arrays and name each one's `source`."
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A config, and why it is this one.

    Attributes:
        content: its sections, with absolute paths.
        reasons: by section.
        doubts: what a user has to look at.
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
    """Look at model and data, try the likely preprocessings on a few images, keep the best.

    Raises:
        CalibrateError: the model or the data cannot be read, or do not fit together.
    """
    progress.stage("Looking at model and data")
    model = load_untrusted_model(model_path)
    plan, inputs = _image_input(plan_inputs(model, {}))
    found = guess_data(data_path)
    data, task = _match(found, output_shapes(model))
    images = _count(data)
    size = _sides(plan)
    start = Preprocessing(
        *(size or (_DEFAULT_SIDE, _DEFAULT_SIDE)),
        normalization="pixels 0 to 255",
        gray=_channels(plan) == 1,
        resize="none" if _all_of_size(data, size) else "plain",
    )
    given = {"path": model_path.absolute(), **({"inputs": inputs} if inputs else {})}
    base = _base(given, data, task, min(_TRIED_IMAGES, images))
    doubts = [] if size else [f"The model takes any size: {_DEFAULT_SIDE} pixels are a guess."]
    if inputs:
        doubts.append(_ONE_IMAGE.format(", ".join(inputs)))
    if task.truth == "none":
        best = _Tried(start, task.decoders[0], FAILED)
        doubts.append("Without labels no preprocessing can be tried: write the model's own.")
        told = "guessed: nothing to try it on, the labels are missing"
    else:
        trials = _try_all(model, base, start, task, progress)
        best, looked_at = _chosen(trials), min(_TRIED_IMAGES, images)
        near, more = _near(best, trials), min(_MORE_IMAGES, images)
        if near and best.score.value > 0 and more > looked_at:
            few = [tried for tried in trials if tried is best or tried in near]
            trials = _again(model, _base(given, data, task, more), few, progress)
            best, looked_at = _chosen(trials), more
        told = _why(best, trials, looked_at)
        doubts += _doubts(best, trials)
    content = _with(base, best.steps, best.decoder)
    content["dataset"] = {"name": data_path.absolute().stem, "adapter": data.adapter}
    reasons = {
        "dataset": data.reason,
        "preprocessing": told,
        "decoder": task.reason,
        "metrics": "the usual one of this task",
    }
    if images < 300:
        doubts.append(f"{images} images decide little: a few hundred are needed for a verdict.")
    return Proposal(content, reasons, tuple(doubts))


def _match(
    found: Sequence[DataGuess], shapes: Mapping[str, tuple[int, ...]]
) -> tuple[DataGuess, TaskGuess]:
    """The likeliest task for which the data has the truth."""
    for truth_known in (True, False):
        for data in found:
            for task in guess_tasks(shapes, str(data.adapter["type"])):
                if (task.truth != "none") == truth_known and data.truth == task.truth:
                    return data, task
    tasks = guess_tasks(shapes, "")
    return found[-1], next(task for task in tasks if task.truth == "none")


def _chosen(trials: Sequence[_Tried]) -> _Tried:
    """The best by the metric of those that chance may have put behind the leader.

    Of equals the one tried first, which is the more usual one.
    """
    leader = max(trials, key=lambda tried: tried.score.rank)
    near = [tried for tried in trials if not leader.score.is_clearly_above(tried.score)]
    return max(near, key=lambda tried: tried.score.value)


def _near(best: _Tried, trials: Sequence[_Tried]) -> list[_Tried]:
    """What these images do not prove to be worse, read by the same decoder."""
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
    """The same proposals on the images of another base, in their order."""
    progress.stage("Trying the nearest on more images", len(few))
    found = []
    for tried in few:
        content = {**base, "preprocessing": list(tried.steps.steps())}
        (score,) = try_decoders(model, content, (tried.decoder,))
        found.append(_Tried(tried.steps, tried.decoder, score))
        progress.advance()
    return found


def _try_all(
    model: ov.Model,
    base: Mapping[str, Any],
    start: Preprocessing,
    task: TaskGuess,
    progress: Progress,
) -> list[_Tried]:
    """Every normalization with every decoder first, then variations of the best."""
    trials: list[_Tried] = []

    def attempt(proposals: Iterable[Preprocessing], decoders: Sequence[Mapping[str, Any]]) -> None:
        listed = list(proposals)
        progress.stage("Trying preprocessings", len(listed))
        for steps in listed:
            scores = try_decoders(model, {**base, "preprocessing": list(steps.steps())}, decoders)
            pairs = zip(decoders, scores, strict=True)
            trials.extend(_Tried(steps, decoder, score) for decoder, score in pairs)
            progress.advance()

    attempt(normalizations(start), task.decoders)
    best = max(trials, key=lambda tried: tried.score.rank)
    attempt(variations(best.steps, crops=task.truth == "class"), (best.decoder,))
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
        return ["FP32 scores nothing with any of these: do the labels fit the model's classes?"]
    near = [tried.steps.words() for tried in _near(best, trials)]
    if not near:
        return []
    told = "; ".join(near)
    return [f"Nearly as good on so few images: {told}. Prefer what the model's documentation says."]


def _image_input(plans: Sequence[InputPlan]) -> tuple[InputPlan, dict[str, Any]]:
    """What the image has to become, and what feeds each of several inputs.

    Raises:
        CalibrateError: the inputs differ, so that one image cannot be all of them.
    """
    first = plans[0]
    if len(plans) == 1:
        return first, {}
    kinds = {(plan.shape[1:], plan.layout) for plan in plans}
    if len(kinds) == 1 and first.layout in ("NCHW", "NHWC"):
        return first, {plan.name: {"source": IMAGE} for plan in plans}
    told = ", ".join(f"{plan.name} {list(plan.shape)}" for plan in plans)
    raise CalibrateError(
        f"the model has {len(plans)} inputs that one image cannot feed: {told}",
        where="model.inputs",
        hint="write the config by hand, with an adapter whose samples hold data for each "
        "(`arrays`, `calibrate list adapters`) and `source` where the names differ",
    )


def _sides(plan: InputPlan) -> tuple[int, int] | None:
    """Height and width of the input, None where it leaves them open."""
    if plan.layout not in ("NCHW", "NHWC"):
        return None
    height, width = plan.shape[2:] if plan.layout == "NCHW" else plan.shape[1:3]
    return (height, width) if height > 0 and width > 0 else None


def _channels(plan: InputPlan) -> int:
    return plan.shape[plan.layout.index("C")] if "C" in plan.layout else 3


def _adapter(data: DataGuess) -> Any:  # noqa: ANN401  # whatever the catalog holds
    class_ = load("adapters", str(data.adapter["type"]), folder=Path.cwd())
    parameters = {key: value for key, value in data.adapter.items() if key != "type"}
    return class_.model_validate(parameters)


def _count(data: DataGuess) -> int:
    return len(_adapter(data).items())


def _all_of_size(data: DataGuess, size: tuple[int, int] | None) -> bool:
    """Whether the first images have the size of the input already."""
    adapter = _adapter(data)
    samples = [adapter.read(item) for item in adapter.items()[:4]]
    return size is not None and all(
        sample.geometry is not None
        and (sample.geometry.source_height, sample.geometry.source_width) == size
        for sample in samples
    )
