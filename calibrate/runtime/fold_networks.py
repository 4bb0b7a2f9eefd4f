"""Run each sample by the model of its fold, for candidates that cross-fitting has made per fold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import openvino as ov

from calibrate.core.component import Outputs
from calibrate.core.tensors import Tensors
from calibrate.runtime.inference import Runs


@dataclass(frozen=True, slots=True)
class FoldModel:
    """A model, and the samples that had no part in making it.

    Attributes:
        model: not compiled.
        samples: indices of the samples that may judge it.
    """

    model: ov.Model
    samples: frozenset[int]


class FoldNetworks:
    """Runs each sample by the network that it may judge.

    Args:
        networks: with the samples of each.
    """

    def __init__(self, networks: Sequence[tuple[Runs, frozenset[int]]]) -> None:
        self._networks = tuple(networks)

    def run(
        self,
        tensors: Tensors,
        indices: Sequence[int],
        sink: Callable[[int, Outputs], None],
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """See `Runs.run`; samples arrive fold by fold, in the order of `indices` within each.

        Raises:
            AssertionError: a sample belongs to no fold.
        """
        if not all(any(index in samples for _, samples in self._networks) for index in indices):
            raise AssertionError("a sample belongs to no fold")
        for network, samples in self._networks:
            chosen = [index for index in indices if index in samples]
            if chosen:
                network.run(tensors, chosen, sink, stop=stop)
