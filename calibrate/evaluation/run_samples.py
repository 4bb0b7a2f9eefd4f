"""Infer samples and pass their outputs on, several at a time where the network infers several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calibrate.core.component import Outputs
from calibrate.core.tensors import Tensors
from calibrate.runtime.inference import Network, Runs


@dataclass(frozen=True, slots=True)
class Takers:
    """Functions that take outputs.

    Attributes:
        single: takes a sample's index and its outputs.
        together: takes the indices of n samples and their outputs [n, ...]; returns False if
            `single` has to take each of them.
    """

    single: Callable[[int, Outputs], None]
    together: Callable[[Sequence[int], Outputs], bool]


def run_samples(
    network: Runs,
    tensors: Tensors,
    indices: Sequence[int],
    takers: Takers,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Infer the samples at `indices`; see `Network.run`."""

    def take(chunk: Sequence[int], outputs: Outputs) -> None:
        if not takers.together(chunk, outputs):
            for row, index in enumerate(chunk):
                takers.single(index, {name: values[row] for name, values in outputs.items()})

    if isinstance(network, Network) and network.is_widened:
        network.run_together(tensors, indices, take, stop=stop)
    else:
        network.run(tensors, indices, takers.single, stop=stop)
