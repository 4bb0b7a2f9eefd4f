"""Recurrent cells and sequences: LSTM, GRU and plain RNN."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from calibrate.quantization.finetune.operations.base import (
    Attributes,
    Function,
    integers,
)

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}
Parameters = tuple[Tensor, Tensor, Tensor]
"""Weights [gates · H, I], recurrent weights [gates · H, H] and biases of one direction."""
State = tuple[Tensor, ...]
"""Hidden state [N, H], and for an LSTM the cell's state [N, H]."""


def _activations(
    attributes: Attributes, default: Sequence[str]
) -> list[Callable[[Tensor], Tensor]]:
    names = list(attributes.get("activations") or default)
    return [_ACTIVATIONS[str(name).lower()] for name in names]


def _clipped(attributes: Attributes, values: Tensor) -> Tensor:
    limit = float(attributes.get("clip") or 0.0)
    return values.clamp(-limit, limit) if limit > 0 else values


def _lstm(attributes: Attributes, step: Tensor, state: State, parameters: Parameters) -> State:
    """Gates in OpenVINO's order: forget, input, cell, output."""
    gate, inner, outer = _activations(attributes, ("sigmoid", "tanh", "tanh"))
    weights, recurrent, bias = parameters
    hidden, cell = state
    sums = _clipped(attributes, step @ weights.t() + hidden @ recurrent.t() + bias)
    forget, enter, new, leave = sums.chunk(4, -1)
    cell = gate(forget) * cell + gate(enter) * inner(new)
    return gate(leave) * outer(cell), cell


def _gru(attributes: Attributes, step: Tensor, state: State, parameters: Parameters) -> State:
    """Gates in OpenVINO's order: update, reset, hidden."""
    gate, inner = _activations(attributes, ("sigmoid", "tanh"))
    weights, recurrent, bias = parameters
    (hidden,) = state
    size = hidden.shape[-1]
    x = step @ weights.t()
    h = hidden @ recurrent[: 2 * size].t()
    sums = _clipped(attributes, x[:, : 2 * size] + h + bias[: 2 * size])
    update, reset = gate(sums).chunk(2, -1)
    if attributes["linear_before_reset"]:
        inside = hidden @ recurrent[2 * size :].t() + bias[3 * size :]
        new = x[:, 2 * size :] + reset * inside + bias[2 * size : 3 * size]
    else:
        inside = (reset * hidden) @ recurrent[2 * size :].t()
        new = x[:, 2 * size :] + inside + bias[2 * size :]
    new = inner(_clipped(attributes, new))
    return ((1 - update) * new + update * hidden,)


def _rnn(attributes: Attributes, step: Tensor, state: State, parameters: Parameters) -> State:
    (inner,) = _activations(attributes, ("tanh",))
    weights, recurrent, bias = parameters
    sums = step @ weights.t() + state[0] @ recurrent.t() + bias
    return (inner(_clipped(attributes, sums)),)


Cell = Callable[[Attributes, Tensor, State, Parameters], State]


def _cell(cell: Cell, states: int) -> Function:
    """`LSTMCell` and the like: step, states, weights, recurrent weights, biases."""

    def run(attributes: Attributes, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
        weights, recurrent, bias = inputs[1 + states : 4 + states]
        return cell(
            attributes, inputs[0], tuple(inputs[1 : 1 + states]), (weights, recurrent, bias)
        )

    return run


def _sequence(cell: Cell, states: int) -> Function:
    """`LSTMSequence` and the like.

    Inputs: [N, T, I], states [N, D, H], lengths [N], weights, recurrent weights and biases with a
    leading dimension D of directions. Outputs: [N, D, T, H] and the last states [N, D, H].
    """

    def run(attributes: Attributes, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
        values, lengths = inputs[0], integers(inputs[1 + states])
        direction = str(attributes["direction"]).lower()
        parameters = inputs[2 + states : 5 + states]
        outputs, last = [], []
        for place in range(parameters[0].shape[0]):
            backward = direction == "reverse" or place == 1
            start = tuple(state[:, place] for state in inputs[1 : 1 + states])
            weights = (parameters[0][place], parameters[1][place], parameters[2][place])
            order = range(values.shape[1])
            hidden, state = _walk(
                partial(_bound, cell, attributes, weights),
                values,
                (start, lengths),
                list(reversed(order)) if backward else list(order),
            )
            outputs.append(hidden)
            last.append(state)
        finals = [torch.stack([state[i] for state in last], 1) for i in range(states)]
        return [torch.stack(outputs, 1), *finals]

    return run


def _bound(
    cell: Cell, attributes: Attributes, parameters: Parameters, step: Tensor, state: State
) -> State:
    return cell(attributes, step, state, parameters)


def _walk(
    step: Callable[[Tensor, State], State],
    values: Tensor,
    begin: tuple[State, Sequence[int]],
    order: Sequence[int],
) -> tuple[Tensor, State]:
    """Return the hidden states [N, T, H] over time, zero beyond a length, and the last state."""
    state, lengths = begin
    hidden: dict[int, Tensor] = {}
    full = all(length >= values.shape[1] for length in lengths)
    ends = torch.tensor(lengths, device=values.device)[:, None]
    for time in order:
        new = step(values[:, time], state)
        if full:
            hidden[time], state = new[0], new
            continue
        live = time < ends
        state = tuple(torch.where(live, a, b) for a, b in zip(new, state, strict=True))
        hidden[time] = torch.where(live, new[0], torch.zeros_like(new[0]))
    return torch.stack([hidden[time] for time in range(values.shape[1])], 1), state


FUNCTIONS: dict[str, Function] = {
    "GRUCell": _cell(_gru, 1),
    "GRUSequence": _sequence(_gru, 1),
    "LSTMCell": _cell(_lstm, 2),
    "LSTMSequence": _sequence(_lstm, 2),
    "RNNCell": _cell(_rnn, 1),
    "RNNSequence": _sequence(_rnn, 1),
}
