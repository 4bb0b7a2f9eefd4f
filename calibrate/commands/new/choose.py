"""Try every likely preprocessing and decoder on a few images, and choose the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import openvino as ov

from calibrate.commands.new.guess_preprocessing import Preprocessing, normalizations, variations
from calibrate.commands.new.guess_task import Section, TaskGuess, with_label_numbers
from calibrate.commands.new.trials import Score, try_decoders, try_sections
from calibrate.core.progress import Progress

_OBJECTS = frozenset(("boxes", "instances", "poses", "oriented"))
"""Annotations of detectors: their images are often letterboxed, their class numbers vary."""
_GAIN_OF_SUPPRESSION = 0.95
"""Share of its metric that a model made for suppression never keeps without it."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A preprocessing and a decoder, and the result of FP32 with them."""

    steps: Preprocessing
    decoder: Mapping[str, Any]
    score: Score


def chosen(trials: Sequence[Tried]) -> Tried:
    """Return the trial with the best metric among those not clearly worse than the leader.

    Of equal trials, the first: preprocessings are tried in order of how common they are.
    """
    leader = max(trials, key=lambda tried: tried.score.rank)
    near = [tried for tried in trials if not leader.score.is_clearly_above(tried.score)]
    return _without_suppression(max(near, key=lambda tried: tried.score.value), trials)


def _without_suppression(best: Tried, trials: Sequence[Tried]) -> Tried:
    """Return the trial of the same rows without suppression where that gains little.

    Boxes of YOLO overlap by the dozen, and their metric collapses without suppression; rows of
    RT-DETR are the same in form and are meant to be taken as they are.
    """
    if best.decoder["type"] != "yolov8":
        return best
    plain = [
        tried
        for tried in trials
        if tried.steps == best.steps and tried.decoder == {**best.decoder, "type": "detr"}
    ]
    least = _GAIN_OF_SUPPRESSION * best.score.value
    return plain[0] if plain and plain[0].score.value >= least else best


def near_ties(best: Tried, trials: Sequence[Tried]) -> list[Tried]:
    """Return the trials with the same decoder that these images do not prove to be worse."""
    return [
        tried
        for tried in trials
        if tried.steps != best.steps
        and tried.decoder == best.decoder
        and not best.score.is_clearly_above(tried.score)
    ]


def repeat(
    model: ov.Model, base: Mapping[str, Any], trials: Sequence[Tried], progress: Progress
) -> list[Tried]:
    """Repeat trials on the images of another base, in the same order."""
    progress.stage("Trying the best on more images", len(trials))
    repeated = []
    for tried in trials:
        content = {**base, "preprocessing": list(tried.steps.steps())}
        (score,) = try_decoders(model, content, (tried.decoder,))
        repeated.append(Tried(tried.steps, tried.decoder, score))
        progress.advance()
    return repeated


def try_tasks(
    model: ov.Model,
    base: Mapping[str, Any],
    start: Preprocessing,
    tasks: Sequence[TaskGuess],
    progress: Progress,
) -> list[list[Tried]]:
    """Try every normalization with every decoder first, then variations of each task's best.

    Images of a preprocessing that several tasks need are inferred once for all of them.

    Args:
        model: model as read.
        base: sections of a config, but for preprocessing, decoder and metrics.
        start: preprocessing whose normalization and form are varied.
        tasks: tasks that the model may solve.
        progress: is told each preprocessing.

    Returns:
        The trials of each task.
    """
    trials: list[list[Tried]] = [[] for _ in tasks]

    def attempt(wanted: Mapping[Preprocessing, Sequence[tuple[int, Section]]]) -> None:
        progress.stage("Trying preprocessings", len(wanted))
        for steps, readings in wanted.items():
            content = {**base, "preprocessing": list(steps.steps())}
            scores = score_readings(model, content, tasks, readings)
            for (number, decoder), score in zip(readings, scores, strict=True):
                trials[number].append(Tried(steps, decoder, score))
            progress.advance()

    attempt(dict.fromkeys(normalizations(start), readings_of(tasks)))
    changed: dict[Preprocessing, list[tuple[int, Section]]] = {}
    for number, task in enumerate(tasks):
        best = max(trials[number], key=lambda tried: tried.score.rank)
        is_detector = task.truth in _OBJECTS
        for steps in variations(best.steps, crops=task.truth == "class", letterboxes=is_detector):
            changed.setdefault(steps, []).append((number, best.decoder))
    attempt(changed)
    return trials


def readings_of(tasks: Sequence[TaskGuess]) -> list[tuple[int, Section]]:
    """Return every decoder of every task, with the index of the task."""
    return [(number, decoder) for number, task in enumerate(tasks) for decoder in _decoders(task)]


def score_readings(
    model: ov.Model,
    content: Mapping[str, Any],
    tasks: Sequence[TaskGuess],
    readings: Sequence[tuple[int, Section]],
) -> list[Score]:
    """Return the score of each reading; the samples are inferred once.

    Args:
        model: model as read.
        content: sections of a config, but for decoder, metrics and output.
        tasks: tasks that the model may solve.
        readings: index of a task with a decoder of it.
    """
    sections = [
        {"decoder": decoder, "metrics": list(tasks[number].metrics)} for number, decoder in readings
    ]
    return try_sections(model, content, sections)


def _decoders(task: TaskGuess) -> Sequence[Section]:
    """Return the decoders of a task; those of boxes with each way in which they number classes."""
    if task.truth in _OBJECTS:
        return with_label_numbers(task.decoders, task.label_maps)
    return task.decoders


def reason_of(best: Tried, trials: Sequence[Tried], images: int) -> str:
    """Describe the score of the best trial, and of the best with another preprocessing."""
    others = [tried for tried in trials if tried.steps != best.steps]
    second = max(others, key=lambda tried: tried.score.value)
    return (
        f"tried on {images} images: {best.steps.words()} scores {best.score.value:.3f}, "
        f"the best other ({second.steps.words()}) {max(second.score.value, 0.0):.3f}"
    )


def doubts_of(best: Tried, trials: Sequence[Tried]) -> list[str]:
    """Return doubts for the user to check: a score of 0, or others that are nearly as good."""
    if best.score.value <= 0:
        return ["The FP32 metric is 0 with each of these: do the labels fit the model's classes?"]
    near = [tried.steps.words() for tried in near_ties(best, trials)]
    if not near:
        return []
    listed = "; ".join(near)
    return [
        f"Nearly as good on so few images: {listed}. Prefer the one in the model's documentation."
    ]


def choose_task(scores: Sequence[Score]) -> int:
    """Return the index of the model's task among several, by its score in each.

    Later tasks need twice the first one's score: a classifier's scores also distinguish classes by
    their cosine, but the outputs of a model of embeddings are no scores of classes.

    Args:
        scores: scores of the tasks, the likeliest first.
    """
    if len(scores) < 2:
        return 0
    best = max(range(len(scores)), key=lambda index: scores[index].value)
    return best if scores[best].value > 2 * max(scores[0].value, 0.0) else 0
