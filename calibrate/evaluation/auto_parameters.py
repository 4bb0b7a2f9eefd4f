"""Determine `auto` parameters of decoders from the FP32 model's outputs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from calibrate.core.component import Component, Decoder, HasAutoParameters, Outputs
from calibrate.core.costs import Spent
from calibrate.core.tensors import Tensors
from calibrate.runtime.inference import Runs

MOST_SAMPLES = 64
"""Number of samples to run, evenly spaced over the dataset."""
MOST_BYTES = 64 << 20
"""Limit of the outputs kept, except for those of the first sample."""


def auto_parameters(decoder: Decoder, network: Runs, tensors: Tensors) -> Mapping[str, Any]:
    """Run the FP32 model on some samples and determine the decoder's `auto` parameters.

    Args:
        decoder: decoder of the config.
        network: the FP32 model.
        tensors: all samples.

    Returns:
        Values by parameter; empty for a decoder without such parameters.

    Raises:
        CalibrateError: the outputs contradict a parameter of the config.
    """
    if not isinstance(decoder, HasAutoParameters):
        return {}
    return decoder.auto_parameters(_some_outputs(network, tensors))


def with_parameters(decoder: Decoder, parameters: Mapping[str, Any]) -> Decoder:
    """Return a copy of the decoder with other parameters."""
    if not parameters or not isinstance(decoder, Component):
        return decoder
    changed = decoder.model_copy(update=dict(parameters))
    assert isinstance(changed, type(decoder))  # noqa: S101  # narrows the type for mypy
    return changed


def fitted_decoder(decoder: Decoder, network: Runs, tensors: Tensors) -> Decoder:
    """Return the decoder with its `auto` parameters determined; unchanged if it has none."""
    return with_parameters(decoder, auto_parameters(decoder, network, tensors))


def fitting_cost(samples: int) -> Spent:
    """Return the compilations and inferences of `auto_parameters`, the network's included.

    Args:
        samples: number of samples of the dataset.
    """
    return Spent.evaluations(1, min(MOST_SAMPLES, samples))


def _some_outputs(network: Runs, tensors: Tensors) -> Sequence[Outputs]:
    spaced = np.linspace(0, len(tensors) - 1, min(MOST_SAMPLES, len(tensors)))
    kept: list[Outputs] = []
    size = 0

    def keep(_: int, outputs: Outputs) -> None:
        nonlocal size
        size += sum(array.nbytes for array in outputs.values())
        if not kept or size <= MOST_BYTES:
            kept.append({name: np.array(array) for name, array in outputs.items()})

    indices = np.unique(spaced.round().astype(int)).tolist()
    network.run(tensors, indices, keep, stop=lambda: size > MOST_BYTES)
    return kept
