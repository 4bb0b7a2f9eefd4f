"""The parameters that tuning updates, their units and their rates."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from calibrate.quantization.finetune.images import Inputs
from calibrate.quantization.finetune.options import TuningOptions
from calibrate.quantization.finetune.twin import Twin

_PARTS = 64
"""The unit of a bias is the root mean square of the layer's output over this."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """A parameter of the twin and its scaled copy in the optimizer.

    Attributes:
        parameter: of the twin.
        steps: the parameter divided by its unit, updated by Adam.
        unit: of the parameter.
    """

    parameter: Tensor
    steps: Tensor
    unit: Tensor


class Parameters:
    """The learned parameters of a twin, with one Adam optimizer.

    Args:
        twin: changed by `update`.
        options: rates.
        sample: an input on which the units of biases are measured.
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
            {"params": [scaled.steps], "lr": rate}
            for scaled, rate in zip(self.scaled, self._rates, strict=True)
        ]
        # foreach and fused kernels add in another order than sequential updates.
        self.adam = torch.optim.Adam(groups, betas=(0.9, 0.99), foreach=False)

    def _add(self, parameter: Tensor, unit: Tensor, rate: float) -> None:
        if rate > 0:
            steps = torch.nn.Parameter(parameter.detach() / unit)
            self.scaled.append(Scaled(parameter, steps, unit))
            self._rates.append(rate)

    def clear(self) -> None:
        """Clear the gradients."""
        for scaled in self.scaled:
            scaled.parameter.grad = None

    def update(self, share: float) -> None:
        """Make one step of Adam.

        Args:
            share: factor of the rates, 0-1.
        """
        for group, rate in zip(self.adam.param_groups, self._rates, strict=True):
            group["lr"] = rate * share
        for scaled in self.scaled:
            gradient = scaled.parameter.grad
            scaled.steps.grad = None if gradient is None else gradient * scaled.unit
        self.adam.step()
        with torch.no_grad():
            for scaled in self.scaled:
                scaled.parameter.copy_(scaled.steps * scaled.unit)

    def state(self) -> dict[str, object]:
        """Return the state that a checkpoint saves."""
        return {
            "steps": [scaled.steps.detach().clone() for scaled in self.scaled],
            "adam": self.adam.state_dict(),
        }

    def restore(self, state: dict[str, object]) -> None:
        """Restore the state of a checkpoint."""
        steps: Sequence[Tensor] = state["steps"]  # type: ignore[assignment]
        with torch.no_grad():
            for scaled, values in zip(self.scaled, steps, strict=True):
                scaled.steps.copy_(values)
                scaled.parameter.copy_(scaled.steps * scaled.unit)
        self.adam.load_state_dict(state["adam"])  # type: ignore[arg-type]


def _bias_units(twin: Twin, sample: Inputs) -> dict[str, Tensor]:
    sums = twin.bias_sums()
    with torch.no_grad():
        outputs = twin(sample, watched=sums.values())
    return {
        key: (outputs[name].square().mean().sqrt() / _PARTS).clamp(min=1e-8)
        for key, name in sums.items()
    }
