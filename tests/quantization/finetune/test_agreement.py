from dataclasses import replace

import numpy as np
import pytest

from calibrate.errors import CalibrateError
from calibrate.quantization.finetune.agreement import check_twin
from calibrate.quantization.finetune.graph import read_graph


def test_the_twin_of_an_fp32_model_agrees(case):
    assert check_twin(case.model, read_graph(case.model), case.feeds[:3]) < 1e-5


def test_a_twin_that_computes_something_else_is_refused(case):
    graph = read_graph(case.model)
    changed = tuple(
        replace(op, value=op.value * np.float32(1.1))
        if op.kind == "Constant" and op.value.dtype == np.float32
        else op
        for op in graph.operations
    )
    with pytest.raises(CalibrateError, match="differs from OpenVINO"):
        check_twin(case.model, replace(graph, operations=changed), case.feeds[:1])
