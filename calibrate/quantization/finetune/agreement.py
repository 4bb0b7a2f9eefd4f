"""Check the twin against OpenVINO on real images before anything is tuned."""

from collections.abc import Sequence

import numpy as np
import openvino as ov
import torch
from openvino import opset13 as ops

from calibrate.models.names import operations_of
from calibrate.quantization.finetune.graph import Graph
from calibrate.quantization.finetune.images import Feed, inputs_of
from calibrate.quantization.finetune.twin import Twin
from calibrate.quantization.recipes.base import NotApplicableError

TOLERANCE = 1e-3
"""Allowed difference from OpenVINO in FP32, as a share of the output's largest magnitude."""

_PROPERTIES = {"INFERENCE_PRECISION_HINT": "f32"}


def check_twin(model: ov.Model, graph: Graph, feeds: Sequence[Feed]) -> float:
    """Return the largest difference of twin and model relative to the output's largest magnitude.

    Args:
        model: without quantizers, since INT8 kernels round differently.
        graph: of the model.
        feeds: real inputs.

    Raises:
        UnsupportedOperationError: an operation is unsupported.
        NotApplicableError: they differ by more than `TOLERANCE`.
    """
    twin = Twin(graph)
    compiled = ov.Core().compile_model(_with_targets(model, graph, twin), "CPU", _PROPERTIES)
    largest = 0.0
    for feed in feeds:
        with torch.no_grad():
            ours = twin(inputs_of(feed))
        theirs = compiled(dict(feed))
        for place, name in enumerate(twin.targets):
            expected = np.asarray(theirs[place], np.float64)
            scale = max(float(np.abs(expected).max(initial=0.0)), 1e-12)
            difference = float(np.abs(ours[name].numpy() - expected).max(initial=0.0)) / scale
            if not difference <= TOLERANCE:
                raise NotApplicableError(
                    f"the differentiable form of the model differs from OpenVINO by "
                    f"{difference:.2g} of the largest value of '{name}'",
                    hint="an operation is computed otherwise; report which model it is",
                )
            largest = max(largest, difference)
    return largest


def _with_targets(model: ov.Model, graph: Graph, twin: Twin) -> ov.Model:
    """Return the model with the twin's outputs."""
    copy = model.clone()
    by_name = operations_of(copy)
    results = [
        ops.result(by_name[graph.operations[position].name].output(port))
        for position, port in twin.targets.values()
    ]
    return ov.Model(results, copy.get_parameters(), "targets")
