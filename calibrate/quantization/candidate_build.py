"""How the deployed model of a candidate is built from the FP32 model and the quantized ones."""

from collections.abc import Mapping
from dataclasses import dataclass

import openvino as ov

from calibrate.core.costs import Costs
from calibrate.core.precision import Candidate, ComputeType, Group, Precision
from calibrate.models.half_weights import with_half_weights
from calibrate.quantization.pinning import pin_floats
from calibrate.quantization.variants import Variants, compose, with_integer_weights

REFERENCE = "fp32"
"""The name of the FP32 model among the parts."""


@dataclass(frozen=True, slots=True)
class CandidateBuild:
    """Builds a candidate's model from its parts; picklable, so that it can do so anywhere.

    Attributes:
        candidate: the precisions.
        groups: in network order.
        variants: precisions of the quantized models among the parts, in the order of their making.
        deployed: the floating point of the deployment.
        pinned: whether FP32 groups are marked, so that they run in FP32 where floating point is
            deployed at less.
        halved: whether floating-point weights are stored as FP16, if anything is compressed.
    """

    candidate: Candidate
    groups: tuple[Group, ...]
    variants: tuple[Precision, ...]
    deployed: ComputeType = "f32"
    pinned: bool = True
    halved: bool = False

    def __call__(self, parts: Mapping[str, ov.Model], costs: Costs) -> ov.Model:
        """Build the model.

        Args:
            parts: the FP32 model as `REFERENCE`, and each variant by the name of its precision.
            costs: where a compilation that finds out what to mark is counted.
        """
        models = {precision: parts[str(precision)] for precision in self.variants}
        variants = Variants(parts[REFERENCE], models, self.groups)
        model = with_integer_weights(compose(variants, self.candidate))
        if self.halved and any(not p.is_float or p.compresses_weights for p in self.candidate):
            model = with_half_weights(model)
        if not self.pinned:
            return model
        return pin_floats(model, self.groups, self.candidate, self.deployed, costs)
