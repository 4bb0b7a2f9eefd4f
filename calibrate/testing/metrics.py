"""The contract of metrics, for tests of built-in and user-defined ones."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Metric, Target, Unit
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.testing.require import require, require_component, same

Case = tuple[Prediction, Target, Facts]
"""Arguments of a metric's `score`."""


def check_metric(
    metric: Metric,
    cases: Sequence[Case],
    *,
    worse: Sequence[Case] = (),
    odd: Sequence[Case] = (),
) -> float:
    """Check a metric against its contract on the predictions for a few samples.

    Args:
        metric: the component.
        cases: at least three distinct samples on which the metric has a value.
        worse: worse predictions for the same samples, to check the direction.
        odd: predictions and targets that do not fit; each has to be refused.

    Returns:
        The value of `cases`, for further checks by the caller.

    Raises:
        AssertionError: with what the contract asks for.
    """
    require_component(metric)
    require(len(cases) >= 3, "give three samples or more")
    _check_declarations(metric)
    evidence = [_checked_score(metric, case) for case in cases]
    value = _check_aggregate(metric, evidence)
    if metric.is_mean:
        _check_mean(evidence, value)
    if metric.reference == "fp32":
        _check_itself(metric, cases)
    if worse:
        other = _value(metric, [_checked_score(metric, case) for case in worse])
        better = value > other if metric.higher_is_better else value < other
        word = "greater" if metric.higher_is_better else "less"
        require(better, f"the better predictions have the {word} value, not {value} and {other}")
    for case in odd:
        _check_refusal(metric, case)
    return value


def _check_declarations(metric: Metric) -> None:
    name = type(metric).__name__
    for flag in ("higher_is_better", "is_mean"):
        require(isinstance(getattr(metric, flag, None), bool), f"{name}.{flag} is True or False")
    low, high = metric.bounds
    require(low < high, f"{name}.bounds are the least and the greatest score of one sample")
    require(metric.unit in get_args(Unit), f"{name}.unit is one of {get_args(Unit)}")
    require(metric.reference in ("annotation", "fp32"), f"{name}.reference is annotation or fp32")
    label = metric.label
    require(isinstance(label, str) and label.strip(), f"{name}.label is a name")
    for field in ("higher_is_better", "is_mean", "bounds", "unit", "reference", "label"):
        require(
            field not in type(metric).model_fields,  # type: ignore[attr-defined]  # a Component
            f"{name}.{field} is said by the class (ClassVar), and is no parameter",
        )


def _checked_score(metric: Metric, case: Case) -> Evidence:
    evidence = metric.score(*case)
    if isinstance(evidence, np.ndarray):
        require(evidence.dtype == np.float64, f"evidence is float64, not {evidence.dtype}")
    else:
        arrays = isinstance(evidence, Mapping) and all(
            isinstance(key, str) and isinstance(array, np.ndarray) and array.dtype != object
            for key, array in evidence.items()
        )
        require(arrays, "evidence is a float64 array or a mapping of names to arrays of numbers")
    again = metric.score(*case)
    require(_equal(evidence, again), "score() gives the same for the same sample")
    if metric.is_mean:
        require(
            isinstance(evidence, np.ndarray) and evidence.shape == (1,),
            "the evidence of a mean has shape [1]",
        )
        low, high = metric.bounds
        score = float(np.asarray(evidence)[0])
        require(low <= score <= high, f"score {score} is within the bounds {low} to {high}")
    return evidence


def _check_aggregate(metric: Metric, evidence: Sequence[Evidence]) -> float:
    count = len(evidence)
    generator = np.random.default_rng(0)
    counts = np.vstack(
        [
            np.ones((1, count), np.int64),
            generator.multinomial(count, np.full(count, 1 / count), size=4),
            np.zeros((1, count), np.int64),
        ]
    )
    copies = [_copy(piece) for piece in evidence]
    values = metric.aggregate(evidence, counts)
    require(
        isinstance(values, np.ndarray)
        and values.dtype == np.float64
        and values.shape == (len(counts),),
        "aggregate() returns [B] float64, a value for each row of counts",
    )
    require(all(map(_equal, evidence, copies)), "aggregate() leaves the evidence alone")
    require(not math.isnan(values[0]), "the samples given have a value together")
    require(math.isnan(values[-1]), "a set without samples has no value: nan")
    for row, drawn in zip(values, counts, strict=True):
        alone = metric.aggregate(evidence, drawn[None, :])[0]
        require(_close(row, alone), "a set's value does not depend on the other sets")
    for row, drawn in zip(values[:-1], counts[:-1], strict=True):
        repeated = [evidence[index] for index in np.repeat(np.arange(count), drawn).tolist()]
        twice = _value(metric, repeated)
        require(
            _close(row, twice), f"a sample drawn twice counts as two such samples: {row}, {twice}"
        )
    order = generator.permutation(count).tolist()
    shuffled = metric.aggregate([evidence[index] for index in order], counts[:, order])
    require(
        all(map(_close, values, shuffled)), "the order of the samples does not change the value"
    )
    return float(values[0])


def _check_mean(evidence: Sequence[Evidence], value: float) -> None:
    mean = float(np.mean([np.asarray(piece)[0] for piece in evidence]))
    require(
        _close(mean, value), f"is_mean: the value is the mean of the scores, {mean}, not {value}"
    )


def _check_itself(metric: Metric, cases: Sequence[Case]) -> None:
    scores = [metric.score(target, target, facts) for _, target, facts in cases]  # type: ignore[arg-type]  # with reference fp32 the target is a prediction
    value = _value(metric, scores)
    require(math.isfinite(value), f"FP32 against itself has a finite value, not {value}")
    others = _value(metric, [metric.score(*case) for case in cases])
    best = value >= others if metric.higher_is_better else value <= others
    require(best, f"FP32 against itself has the best value, not {value} beside {others}")


def _check_refusal(metric: Metric, case: Case) -> None:
    prediction, target, facts = case
    kinds = f"{type(prediction).__name__} with {type(target).__name__}"
    try:
        metric.score(prediction, target, facts)
    except CalibrateError as error:
        require(facts.id in str(error), f"the error names the sample {facts.id}: {error}")
        return
    raise AssertionError(f"score() refuses {kinds} with a CalibrateError")


def _value(metric: Metric, evidence: Sequence[Evidence]) -> float:
    return float(metric.aggregate(evidence, np.ones((1, len(evidence)), np.int64))[0])


def _close(first: float, second: float) -> bool:
    return bool(np.isclose(first, second, rtol=1e-9, atol=1e-12, equal_nan=True))


def _arrays(evidence: Evidence) -> Mapping[str, NDArray[Any]]:
    return {"": evidence} if isinstance(evidence, np.ndarray) else evidence


def _copy(evidence: Evidence) -> Evidence:
    copies = {key: array.copy() for key, array in _arrays(evidence).items()}
    return copies[""] if isinstance(evidence, np.ndarray) else copies


def _equal(first: Evidence, second: Evidence) -> bool:
    mine, theirs = _arrays(first), _arrays(second)
    return mine.keys() == theirs.keys() and all(same(mine[key], theirs[key]) for key in mine)
