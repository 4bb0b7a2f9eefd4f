"""The floating-point model of a run, and its observation."""

from dataclasses import dataclass

import openvino as ov

from calibrate.context.class_evidence import ClassEvidence
from calibrate.core.observation import Observation
from calibrate.core.precision import FP32, ComputeType, Precision
from calibrate.evaluation.reference import Reference
from calibrate.models.inputs import InputPlan
from calibrate.models.prepare import Prepared


@dataclass(frozen=True, slots=True)
class Baseline:
    """The floating-point model that every candidate is compared with.

    Attributes:
        source: the model as it was read, in floating point.
        plans: plans of its inputs.
        prepared: the FP32 model that is quantized, with a record of its preparation.
        largest_difference: between the outputs of the source model and the prepared one.
        reference: FP32's outputs, for divergences.
        observed: FP32's observation, for the metrics.
        deployed: precision of floating point in deployment; FP32 stays the reference of every
            drop.
        classes: evidence by class; None for tasks without classes or labels.
    """

    source: ov.Model
    plans: tuple[InputPlan, ...]
    prepared: Prepared
    largest_difference: float
    reference: Reference
    observed: Observation
    deployed: Precision = FP32
    classes: ClassEvidence | None = None

    @property
    def model(self) -> ov.Model:
        """The prepared FP32 model; clone it before changing it."""
        return self.prepared.model

    @property
    def compute_type(self) -> ComputeType:
        """The type in which the deployed model computes its floating point."""
        return self.deployed.compute_type
