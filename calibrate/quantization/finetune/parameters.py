"""What is updated, each in its own unit, and by how much."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from calibrate.quantization.finetune.images import Inputs
from calibrate.quantization.finetune.options import TuningOptions
from calibrate.quantization.finetune.twin import Twin

_PARTS = 64
"""Of the root mean square of a layer's output, the unit of its bias."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """A parameter of the twin and what stands for it in the optimizer.

    Attributes:
        parameter: of the twin.
        steps: the parameter divided by its unit; this is what Adam updates.
        unit: of it.
    """

    parameter: Tensor
    steps: Tensor
    unit: Tensor


class Parameters:
    """All that is learned of a twin, with one Adam over it.

    Args:
        twin: changed by `update`.
        options: rates.
        sample: an input, on which the units of biases are measured.
    """

    def __init__(self, twin: Twin, options: TuningOptions, sample: Inputs) -> None:
        self.scaled: list[Scaled] = []
        self._rates: list[float] = []
        for key, unit in twin.weight_units().items():
            self._add(twin.weights[key], unit, options.weight_rate)
        for key, unit in _bias_units(twin, sample).items():
            self._add(twin.biases[key], unit, options.bias_rate)
        for key, scale in twin.log_scales.items():
            rate = options.weight_range_rate if key in twin.weights else options.range_rate
            self._add(scale, torch.ones(()), rate)
        groups = [
            {"params": [one.steps], "lr": rate}
            for one, rate in zip(self.scaled, self._rates, strict=True)
        ]
        # foreach and fused kernels add in another order than one parameter after the other.
        self.adam = torch.optim.Adam(groups, betas=(0.9, 0.99), foreach=False)

    def _add(self, parameter: Tensor, unit: Tensor, rate: float) -> None:
        if rate > 0:
            steps = torch.nn.Parameter(parameter.detach() / unit)
            self.scaled.append(Scaled(parameter, steps, unit))
            self._rates.append(rate)

    def clear(self) -> None:
        """Forget the gradients."""
        for one in self.scaled:
            one.parameter.grad = None

    def update(self, share: float) -> None:
        """One step of Adam.

        Args:
            share: of the rates, 0-1.
        """
        for group, rate in zip(self.adam.param_groups, self._rates, strict=True):
            group["lr"] = rate * share
        for one in self.scaled:
            gradient = one.parameter.grad
            one.steps.grad = None if gradient is None else gradient * one.unit
        self.adam.step()
        with torch.no_grad():
            for one in self.scaled:
                one.parameter.copy_(one.steps * one.unit)

    def state(self) -> dict[str, object]:
        """All that a checkpoint has to hold of it."""
        return {
            "steps": [one.steps.detach().clone() for one in self.scaled],
            "adam": self.adam.state_dict(),
        }

    def restore(self, state: dict[str, object]) -> None:
        """Go on from a checkpoint."""
        steps: Sequence[Tensor] = state["steps"]  # type: ignore[assignment]
        with torch.no_grad():
            for one, values in zip(self.scaled, steps, strict=True):
                one.steps.copy_(values)
                one.parameter.copy_(one.steps * one.unit)
        self.adam.load_state_dict(state["adam"])  # type: ignore[arg-type]


def _bias_units(twin: Twin, sample: Inputs) -> dict[str, Tensor]:
    sums = twin.bias_sums()
    with torch.no_grad():
        outputs = twin(sample, watched=sums.values())
    return {
        key: (outputs[name].square().mean().sqrt() / _PARTS).clamp(min=1e-8)
        for key, name in sums.items()
    }
