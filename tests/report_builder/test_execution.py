import pytest

from calibrate.core.precision import BF16, FP32, INT8, Candidate, Group, Precision
from calibrate.report.search_section import ExecutionFacts
from calibrate.report_builder.execution import execution_facts
from calibrate.runtime.profiling import Executed

GROUP = Group("conv", ("conv", "relu"), ("q",))


def node(kind: str, precision: str, *names: str) -> Executed:
    return Executed(names, kind, precision, "brgconv", 0.0, (), names[0])


@pytest.mark.parametrize(
    ("chosen", "nodes", "precision", "reason"),
    [
        (INT8, [node("Convolution", "u8", "conv", "relu")], "i8", ""),
        (INT8, [node("Convolution", "i8", "conv"), node("Eltwise", "f32", "relu")], "i8", ""),
        (BF16, [node("Convolution", "bf16", "conv")], "bf16", ""),
        (FP32, [node("Convolution", "f32", "conv")], "f32", ""),
        (
            INT8,
            [node("Deconvolution", "f32", "conv")],
            "f32",
            "the plugin does not run this pattern in INT8: Deconvolution by brgconv",
        ),
        (
            INT8,
            [node("Pooling", "f32", "relu")],
            "f32",
            "no INT8 kernel of the plugin: Pooling by brgconv",
        ),
        (
            FP32,
            [node("FullyConnected", "bf16", "conv")],
            "bf16",
            "the plugin does not keep the mark for FP32: FullyConnected by brgconv",
        ),
        (
            INT8,
            [node("Convolution", "u8", "conv"), node("MatMul", "f32", "relu")],
            "f32+i8",
            "the plugin does not run this pattern in INT8: MatMul by brgconv",
        ),
        (INT8, [node("Convolution", "u8", "another")], "", "fused away or folded by the plugin"),
    ],
)
def test_what_ran_of_a_group(chosen: Precision, nodes: list[Executed], precision: str, reason: str):
    facts = execution_facts([GROUP], Candidate((chosen,)), nodes)
    assert facts == {"conv": ExecutionFacts(precision=precision, reason=reason)}


@pytest.mark.parametrize(
    ("precision", "reason"),
    [
        ("f32", ""),
        ("bf16", "the plugin's choice: MatMul by brgconv"),
        (
            "i8",
            "the plugin runs it in INT8, since its input is quantized: MatMul by brgconv",
        ),
    ],
)
def test_what_ran_of_a_layer_without_quantizers(precision: str, reason: str):
    layer = Group("conv", ("conv",), (), (FP32,))
    facts = execution_facts([layer], Candidate((FP32,)), [node("MatMul", precision, "conv")])
    assert facts == {"conv": ExecutionFacts(precision=precision, reason=reason)}
