"""Candidates made real: composed, compiled, run, and recorded so that nothing runs twice."""

from collections.abc import Callable, Sequence

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.contracts.candidate import Candidate
from calibrate.contracts.costs import Costs
from calibrate.contracts.observation import Observation
from calibrate.evaluate.inference import Network
from calibrate.evaluate.observation import Reference, measure_divergence, observe

_FIRST_LOOK = 12
_FIRST_RACE = 64


class Bench:
    """Measures candidates against one FP32 reference."""

    def __init__(
        self,
        compose: Callable[[Candidate], ov.Model],
        reference: Reference,
        costs: Costs,
        advance: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._compose = compose
        self._reference = reference
        self._costs = costs
        self._advance = advance
        self._observed: dict[Candidate, Observation] = {}
        self._diverged: dict[tuple[Candidate, tuple[int, ...]], NDArray[np.float64]] = {}

    def divergence(
        self,
        candidate: Candidate,
        indices: Sequence[int],
        enough: Callable[[NDArray[np.float64]], bool],
    ) -> NDArray[np.float64]:
        """See `Laboratory.divergence`; looks after 12 samples, 24, 48 and so on."""
        key = (candidate, tuple(indices))
        if key not in self._diverged:
            network = Network(self._compose(candidate), self._costs)
            seen = np.empty(0)
            while len(seen) < len(indices) and not (len(seen) and enough(seen)):
                look = indices[len(seen) : max(_FIRST_LOOK, 2 * len(seen))]
                found = measure_divergence(network, self._reference, look)
                seen = np.concatenate([seen, found])
                self._advance(len(look))
            self._diverged[key] = seen
        return self._diverged[key]

    def observe(
        self,
        candidate: Candidate,
        indices: Sequence[int],
        lost: Callable[[Observation, int], bool] = lambda _, __: False,
    ) -> Observation:
        """See `Laboratory.observe`; samples seen before are not run again."""
        seen = self._observed.setdefault(candidate, Observation())
        network: Network | None = None
        done = 0
        while done < len(indices) and not (done and lost(seen, done)):
            until = min(len(indices), max(_FIRST_RACE, 2 * done))
            missing = [index for index in indices[done:until] if index not in seen.evidence]
            if missing:
                network = network or Network(self._compose(candidate), self._costs)
                more = observe(network, self._reference, missing, advance=lambda: self._advance(1))
                seen.update(more)
            done = until
        return seen
