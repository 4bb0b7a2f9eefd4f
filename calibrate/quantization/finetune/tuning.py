"""Tune a quantized model to reproduce the FP32 model, without labels.

Each update compares the twin with the FP32 model on the same images: the decoder's divergence in a
differentiable form, and the squared error of the quantizers' inputs. Validation images, which are
not tuned on, select the best parameters.
"""

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from calibrate.quantization.finetune.checkpoint import Checkpoint
from calibrate.quantization.finetune.graph import Graph
from calibrate.quantization.finetune.images import Feed, Inputs, draw, inputs_of, mirrored, stacked
from calibrate.quantization.finetune.losses import Loss, feature_error, loss_of
from calibrate.quantization.finetune.options import TuningOptions
from calibrate.quantization.finetune.parameters import Parameters
from calibrate.quantization.finetune.tunable import Tuned
from calibrate.quantization.finetune.twin import Twin

_TIMED_STEPS = 3
"""Number of updates from which the time of an update is estimated."""
_NUMBERS_OF_UPDATES = (1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300, 400)
"""Numbers that a plan by time is rounded down to, so that similar machines plan the same."""
_WARM_UP = 0.05
"""Share of the updates over which the rates rise."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """The models, loss and inputs of a tuning.

    Attributes:
        start: graph of the quantized model.
        teacher: graph of the FP32 model; its outputs have the same names.
        loss: between their outputs.
        feeds: inputs, in random order; a share at the end is kept for validation.
        options: rates and limits.
    """

    start: Graph
    teacher: Graph
    loss: Loss
    feeds: Sequence[Feed]
    options: TuningOptions


@dataclass(frozen=True, slots=True)
class TuningResult:
    """The result of a tuning.

    Attributes:
        tuned: the best parameters by the validation loss.
        curve: updates done and the validation loss, in order, from before the first update.
        steps: number of planned updates.
        samples: number of inputs tuned on.
        validation: number of validation inputs.
    """

    tuned: Tuned
    curve: tuple[tuple[int, float], ...]
    steps: int
    samples: int
    validation: int


def tune(
    tuning: Tuning,
    checkpoint: Checkpoint,
    *,
    expired: Callable[[], bool] = lambda: False,
    advance: Callable[[], None] = lambda: None,
    planned: Callable[[int], None] = lambda _: None,
) -> TuningResult:
    """Tune a model, continuing from the checkpoint if there is one.

    On one thread the result depends only on the tuning and the number of updates; the number that
    the minutes allow is measured once and kept in the checkpoint.

    Args:
        tuning: models, loss and inputs.
        checkpoint: saved at every evaluation on the validation images.
        expired: called after each update; True ends with the best parameters so far.
        advance: called after each update.
        planned: called once with the number of updates that remain.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _Loop(tuning, checkpoint).run(expired, advance, planned)
    finally:
        torch.set_num_threads(threads)


class _Loop:
    def __init__(self, tuning: Tuning, checkpoint: Checkpoint) -> None:
        self._tuning, self._checkpoint = tuning, checkpoint
        options = tuning.options
        count = max(1, round(options.held_share * len(tuning.feeds)))
        count = min(count, options.most_held)
        self._images = tuning.feeds[:-count] or tuning.feeds
        self._validation = tuning.feeds[-count:]
        first = inputs_of(self._validation[0])
        self._twin, self._teacher = Twin(tuning.start), Twin(tuning.teacher)
        watched = self._twin.quantizer_inputs(self._teacher.names())
        self._features = watched if options.feature_weight else []
        self._batched = _can_batch(self._twin, first)
        self._parameters = Parameters(self._twin, options, first)
        self._curve: list[tuple[int, float]] = []
        self._best = self._parameters.state()["steps"]
        self._steps, self._done, self._factor = 0, 0, 1.0

    def run(
        self,
        expired: Callable[[], bool],
        advance: Callable[[], None],
        planned: Callable[[int], None],
    ) -> TuningResult:
        saved = self._checkpoint.load()
        if saved is None:
            begun = time.thread_time()
            self._evaluate()
            self._steps = self._planned(time.thread_time() - begun)
            self._factor = self._best_factor()
            self._save()
        else:
            self._restore(saved)
        planned(self._steps - self._done)
        every = max(1, -(-self._steps // self._tuning.options.looks))
        while self._done < self._steps and not expired():
            self._update(self._done, self._share)
            self._done += 1
            advance()
            if self._done % every == 0 or self._done == self._steps:
                self._evaluate()
                self._save()
        self._parameters.restore({"steps": self._best, "adam": self._parameters.adam.state_dict()})
        return TuningResult(
            self._twin.tuned(),
            tuple(self._curve),
            self._steps,
            len(self._images),
            len(self._validation),
        )

    @property
    def _share(self) -> float:
        """Factor of the rates: a short warm-up, then a cosine decay to zero."""
        rise = min(1.0, (self._done + 1) / (_WARM_UP * self._steps + 1))
        decay = 0.5 * (1 + math.cos(math.pi * self._done / self._steps))
        return self._factor * rise * decay

    def _best_factor(self) -> float:
        """Return the factor of the rates with the smallest loss after a few updates.

        Networks differ in how fast they may be tuned, more than in anything else.
        """
        options = self._tuning.options
        if len(options.rate_factors) == 1:
            return options.rate_factors[0]
        start = copy.deepcopy(self._parameters.state())
        losses: dict[float, float] = {}
        for factor in options.rate_factors:
            for step in range(self._trial_steps(self._steps)):
                self._update(step, factor)
            loss = self._loss()
            losses[factor] = loss if math.isfinite(loss) else math.inf
            self._parameters.restore(start)
        return min(losses, key=losses.__getitem__)

    def _trial_steps(self, steps: int) -> int:
        return max(1, round(self._tuning.options.trial_share * steps))

    def _planned(self, evaluation: float) -> int:
        """Estimate the number of updates that the time allows from a few trial gradients.

        Args:
            evaluation: seconds of one evaluation on the validation images.
        """
        options = self._tuning.options
        if options.updates is not None:
            return options.updates
        begun = time.thread_time()
        for step in range(_TIMED_STEPS):
            self._gradients(step)
        seconds = max((time.thread_time() - begun) / _TIMED_STEPS, 1e-6)
        trials = len(options.rate_factors) if len(options.rate_factors) > 1 else 0
        left = 60 * options.minutes - (options.looks + trials) * evaluation
        affordable = min(options.most_steps, left / seconds / (1 + trials * options.trial_share))
        return max((n for n in _NUMBERS_OF_UPDATES if n <= affordable), default=1)

    def _update(self, step: int, share: float) -> None:
        self._gradients(step)
        self._parameters.update(share)

    def _gradients(self, step: int) -> None:
        options = self._tuning.options
        chosen = draw(len(self._images), options.batch, step, options.seed)
        samples = [inputs_of(self._images[index]) for index in chosen]
        if options.flip:
            samples = [
                mirrored(sample, step, place, options.seed) for place, sample in enumerate(samples)
            ]
        parts = [stacked(samples)] if self._batched else samples
        self._parameters.clear()
        for part in parts:
            with torch.no_grad():
                teacher = self._teacher(part, quantized=False, watched=self._features)
            student = self._twin(part, watched=self._features)
            loss = loss_of(self._tuning.loss, student, teacher)
            if self._features:
                loss = loss + options.feature_weight * feature_error(
                    self._features, student, teacher
                )
            torch.autograd.backward(loss / len(parts))

    def _evaluate(self) -> None:
        """Measure the validation loss, and keep the parameters if they are the best."""
        value = self._loss()
        if not self._curve or value < min(loss for _, loss in self._curve):
            self._best = self._parameters.state()["steps"]
        self._curve.append((self._done, value))

    def _loss(self) -> float:
        """Return the mean loss on the validation images."""
        losses = []
        with torch.no_grad():
            for feed in self._validation:
                sample = inputs_of(feed)
                teacher = self._teacher(sample, quantized=False)
                losses.append(float(loss_of(self._tuning.loss, self._twin(sample), teacher)))
        return sum(losses) / len(losses)

    def _save(self) -> None:
        self._checkpoint.save(
            {
                "parameters": self._parameters.state(),
                "best": self._best,
                "curve": self._curve,
                "done": self._done,
                "planned": self._steps,
                "factor": self._factor,
            }
        )

    def _restore(self, saved: dict[str, object]) -> None:
        self._parameters.restore(saved["parameters"])  # type: ignore[arg-type]
        self._best = saved["best"]
        self._curve = [tuple(point) for point in saved["curve"]]  # type: ignore[attr-defined]
        self._done, self._steps = int(saved["done"]), int(saved["planned"])  # type: ignore[call-overload]
        self._factor = float(saved["factor"])  # type: ignore[arg-type]


def _can_batch(twin: Twin, sample: Inputs) -> bool:
    """Return whether two samples in one batch give the same outputs as separately."""
    if any(tensor.shape[:1] != (1,) for tensor in sample):
        return False
    mirror = tuple(tensor.flip(-1) for tensor in sample)
    with torch.no_grad():
        alone, other = twin(sample), twin(mirror)
        try:
            both = twin(stacked([sample, mirror]))
        except RuntimeError:
            return False  # a shape in the graph contains the batch size 1
    return all(
        values.shape[0] == 2
        and torch.allclose(values, torch.cat([alone[name], other[name]]), rtol=1e-2, atol=1e-3)
        for name, values in both.items()
    )
