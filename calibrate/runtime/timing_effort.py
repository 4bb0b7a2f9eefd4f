"""How long models are timed side by side, and how many inferences that takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from calibrate.core.costs import Spent

FEWEST = 3
"""Inferences of a model in a turn that measures its latency, at least."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long models are timed.

    Attributes:
        seconds: about how long all of it takes on a quiet machine.
        rounds: minimum number of turns of each model.
        precision: half the relative width of a ratio's interval at which timing ends.
        patience: timing ends after this multiple of `seconds`, whatever precision is reached.
    """

    seconds: float
    rounds: int = 7
    precision: float = 0.02
    patience: float = 4.0


def turn_seconds(effort: Effort, models: int) -> float:
    """Seconds of a model's turn: half the time for latency, half for throughput."""
    return effort.seconds / (2 * (effort.rounds + 1) * models)


def inferences_at_once(slot: float, latency: float, requests: int) -> int:
    """Return how many inferences measure a model's throughput in a turn."""
    return max(2 * requests, min(512, round(slot / latency)))


def comparison_cost(latencies: Sequence[float], effort: Effort, requests: int) -> Spent:
    """Return the compilations and about the inferences of `compare`, in the fewest rounds.

    Args:
        latencies: seconds of one inference of each model.
        effort: how long they are timed.
        requests: of each model, side by side.
    """
    slot = turn_seconds(effort, len(latencies))
    in_a_turn = sum(
        max(FEWEST, round(slot / latency)) + inferences_at_once(slot, latency, requests)
        for latency in latencies
    )
    return Spent(effort.seconds, 2 * len(latencies), (effort.rounds + 1) * in_a_turn)
