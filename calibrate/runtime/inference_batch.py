"""Decide how many samples of a small network are evaluated in one inference.

An inference costs Python some fifty microseconds, whatever the network. Where the network itself
takes less than a millisecond, several samples share this. The results do not change: a batch is
used only if the CPU plugin computes the same bits with it.
"""

from collections.abc import Sequence
from math import ceil, prod

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.core.component import Outputs
from calibrate.core.costs import Costs, Spent
from calibrate.core.tensors import Tensors
from calibrate.models.macs import multiply_accumulates
from calibrate.models.with_batch import with_batch
from calibrate.runtime.inference import Network, cores

MOST_SAMPLES = 8
"""Samples after which the search first looks at a candidate; it never waits for more."""

_WORTH_BATCHING = 500_000_000
"""Multiply-accumulates of a batch, about a millisecond of a core with INT8 kernels and up to ten
with FP32: beyond it, the time of Python does not count."""

_CACHED = 1 << 20
"""Bytes of the largest activation of a batch; larger ones leave the core's cache."""

_COMPARED = 11
"""Samples compared: a full batch and an incomplete one."""


def inference_batch(model: ov.Model, tensors: Tensors, costs: Costs) -> int:
    """Return the number of samples for one inference of an evaluation; 1: as the model is.

    Args:
        model: FP32, static.
        tensors: all samples.
        costs: where the inferences of the comparison are counted.
    """
    batch = largest_batch(model, len(tensors), cores())
    if batch == 1 or any(axis != 0 for axis in tensors.batch_axes):
        return 1
    wider = with_batch(model, batch)
    if wider is None:
        return 1
    spaced = np.linspace(0, len(tensors) - 1, min(_COMPARED, len(tensors)))
    indices = np.unique(spaced.round().astype(int)).tolist()
    alone = _outputs(Network(model, costs), tensors, indices)
    together = _outputs(Network(wider, costs), tensors, indices)
    return batch if _are_equal(alone, together) else 1


def trial_cost(model: ov.Model, samples: int) -> Spent:
    """Return the compilations and inferences that `inference_batch` makes; its time is not known.

    Args:
        model: FP32, static, with the batch as the first dimension of each input.
        samples: of the dataset.
    """
    batch = largest_batch(model, samples, cores())
    if batch == 1 or with_batch(model, batch) is None:
        return Spent()
    compared = min(_COMPARED, samples)
    return Spent(compilations=2, inferences=compared + ceil(compared / batch))


def largest_batch(model: ov.Model, samples: int, streams: int) -> int:
    """Return the largest batch that can be worth it: 1, 2, 4 or 8.

    Args:
        model: static.
        samples: of the dataset; each stream should have two batches.
        streams: inferences that run side by side.
    """
    work = sum(multiply_accumulates(model).values())
    widest = max((_bytes(port) for op in model.get_ops() for port in _activations(op)), default=0)
    batch = MOST_SAMPLES
    while batch > 1 and (
        batch * work > _WORTH_BATCHING or batch * widest > _CACHED or 2 * batch * streams > samples
    ):
        batch //= 2
    return batch


def _activations(op: ov.Node) -> list[ov.Output]:
    return [] if op.get_type_name() == "Constant" else op.outputs()


def _bytes(port: ov.Output) -> int:
    """Return the size of an activation; infinite in effect where the model decides it."""
    shape = port.get_partial_shape()
    if shape.is_dynamic:
        return _CACHED + 1
    return int(prod(shape.to_shape()) * port.get_element_type().size)


def _outputs(
    network: Network, tensors: Tensors, indices: Sequence[int]
) -> list[dict[str, NDArray[np.generic]]]:
    kept = []

    def keep(_: int, outputs: Outputs) -> None:
        kept.append({name: np.array(values, copy=True) for name, values in outputs.items()})

    network.run(tensors, indices, keep)
    return kept


def _are_equal(first: Sequence[Outputs], second: Sequence[Outputs]) -> bool:
    """Return whether all outputs are equal; those with NaN are not."""
    return all(
        np.array_equal(entry[name], other[name])
        for entry, other in zip(first, second, strict=True)
        for name in entry
    )
