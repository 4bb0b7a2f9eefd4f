"""The contract of decoders, for tests of built-in and user-defined ones."""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Decoder, HasAutoParameters, Outputs
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.kinds import PREDICTION_KINDS
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.testing.require import require, require_component, same

Arrays = dict[str, NDArray[Any]]


def check_decoder(
    decoder: Decoder, outputs: Outputs, facts: Facts, *, changed: Outputs | None = None
) -> Prediction:
    """Check a decoder against its contract on the outputs of one sample.

    Args:
        decoder: the component.
        outputs: the model's outputs for the sample, without the batch dimension.
        facts: of the sample.
        changed: the outputs of a slightly worse model; by default `outputs` with a tenth of
            their deviation added as noise, which suits logits and detection heads.

    Returns:
        The prediction, for further checks by the caller.

    Raises:
        AssertionError: the contract is broken; the message says where.
    """
    require_component(decoder)
    shapes = {name: (1, *array.shape) for name, array in outputs.items()}
    problems = list(decoder.problems(shapes))
    require(not problems, f"problems() refuses the shapes of outputs that are read: {problems}")
    if isinstance(decoder, HasAutoParameters):
        _check_auto_parameters(decoder, outputs)
    prediction = _check_prediction(decoder, outputs, facts)
    _check_divergence(decoder, outputs, noisy(outputs, 0.1) if changed is None else changed)
    _check_finite(decoder, outputs, facts)
    return prediction


def noisy(outputs: Outputs, amount: float) -> Arrays:
    """Return outputs with noise of `amount` deviations; integers change by one or stay."""
    generator = np.random.default_rng(0)
    made: Arrays = {}
    for name, array in outputs.items():
        if array.dtype.kind == "f":
            noise = generator.normal(0.0, amount * (float(np.std(array)) or 1.0), array.shape)
            made[name] = (array + noise).astype(array.dtype)
        else:
            made[name] = np.where(generator.random(array.shape) < amount, array ^ 1, array)
    return made


def _check_auto_parameters(decoder: HasAutoParameters, outputs: Outputs) -> None:
    settled = decoder.auto_parameters([_copy(outputs), _copy(outputs)])
    fields = type(decoder).model_fields  # type: ignore[attr-defined]  # a Component
    require(set(settled) <= set(fields), f"auto_parameters() names parameters: {sorted(settled)}")
    fitted = decoder.model_copy(update=dict(settled))  # type: ignore[attr-defined]  # a Component
    again = fitted.auto_parameters([_copy(outputs)])
    require(not again, f"what is settled is not found out again: {again}")


def _check_prediction(decoder: Decoder, outputs: Outputs, facts: Facts) -> Prediction:
    given = _copy(outputs)
    prediction = decoder.predict(given, facts)
    kinds = " or ".join(PREDICTION_KINDS)
    require(type(prediction).__name__ in PREDICTION_KINDS, f"predict() returns {kinds}")
    require(_equal(given, outputs), "predict() leaves the outputs alone")
    before = _arrays(prediction)
    _overwrite(given)
    require(
        _equal(before, _arrays(prediction)),
        "a prediction owns its arrays: the next inference overwrites the outputs",
    )
    again = _arrays(decoder.predict(_copy(outputs), facts))
    require(_equal(before, again), "predict() gives the same for the same outputs")
    return prediction


def _check_divergence(decoder: Decoder, outputs: Outputs, changed: Outputs) -> None:
    given = _copy(outputs)
    signature = decoder.signature(given)
    require(_equal(given, outputs), "signature() leaves the outputs alone")
    kept = _copy(signature)
    _overwrite(given)
    require(_equal(kept, signature), "a signature owns its arrays")
    size = sum(array.nbytes for array in signature.values())
    allowed = 8 * sum(array.nbytes for array in outputs.values()) + 1024
    require(size <= allowed, f"a signature is small: this one takes {size} bytes")
    zero = decoder.divergence(signature, _copy(outputs))
    require(zero == 0.0, f"the divergence of equal outputs is 0, not {zero}")
    given = _copy(changed)
    value = decoder.divergence(signature, given)
    require(_equal(given, changed), "divergence() leaves the outputs alone")
    require(isinstance(value, float) and math.isfinite(value), "a divergence is a finite float")
    require(value > 0, "the divergence of different outputs is greater than 0")
    require(_equal(kept, signature), "divergence() leaves the signature alone")
    require(
        value == decoder.divergence(signature, _copy(changed)),
        "the divergence is the same for the same outputs",
    )


def _check_finite(decoder: Decoder, outputs: Outputs, facts: Facts) -> None:
    floats = [name for name, array in outputs.items() if array.dtype.kind == "f" and array.size]
    if not floats:
        return
    broken = _copy(outputs)
    for name in floats:
        broken[name].flat[0] = np.nan
    try:
        decoder.predict(broken, facts)
    except CalibrateError as error:
        require(
            any(name in str(error) for name in floats),
            "the error on nan names the output: " + str(error),
        )
        return
    raise AssertionError("predict() refuses outputs that are not finite with a CalibrateError")


def _copy(outputs: Outputs) -> Arrays:
    return {name: np.array(array) for name, array in outputs.items()}


def _overwrite(outputs: Arrays) -> None:
    for array in outputs.values():
        array[...] = 0 if np.any(array) else 1


def _equal(first: Outputs, second: Outputs) -> bool:
    return set(first) == set(second) and all(same(first[key], second[key]) for key in first)


def _arrays(prediction: Prediction) -> Arrays:
    arrays: Arrays = {}
    for field in fields(PREDICTION_KINDS[type(prediction).__name__]):
        value = getattr(prediction, field.name)
        if isinstance(value, Mapping):
            arrays.update({f"{field.name}.{key}": np.array(array) for key, array in value.items()})
        else:
            arrays[field.name] = np.array(value)
    return arrays
