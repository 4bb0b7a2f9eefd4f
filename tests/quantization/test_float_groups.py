import pytest

from calibrate.core.precision import BF16, FP32, INT8, Group
from calibrate.quantization.float_groups import with_reduced_float
from calibrate.runtime.profiling import Executed

GROUPS = (
    Group("conv1", ("conv1",), ("q1",)),
    Group("conv2", ("conv2",), ("q2",), (INT8, FP32)),
)


def node(name: str, precision: str, *producers: str, fused: tuple[str, ...] = ()) -> Executed:
    names = fused or (name,)
    return Executed(names, "Eltwise", precision, "jit", 0.0, producers, name)


def test_every_group_may_run_in_the_reduced_type_before_fp32():
    nodes = [node("conv1", "bf16"), node("conv2", "bf16", "conv1")]
    offered = with_reduced_float(GROUPS, BF16, nodes)
    assert [group.name for group in offered] == ["conv1", "conv2"]
    assert {group.precisions for group in offered} == {(INT8, BF16, FP32)}


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        # What is fused into a group's node is that group's.
        ([node("conv1", "bf16", fused=("conv1", "sum"))], []),
        # What runs in FP32 anyway needs no choice.
        ([node("sum", "f32"), node("conv1", "bf16")], []),
        # A node that the plugin put in has no operation that could be marked.
        ([Executed((), "Reorder", "bf16", "", 0.0, (), "reorder")], []),
        # Two that feed each other are one group, one apart is another.
        (
            [
                node("resize", "bf16", "conv1"),
                node("sum", "bf16", "resize", fused=("sum", "relu")),
                node("conv2", "bf16", "sum"),
                node("pad", "bf16", "conv2"),
            ],
            [("resize", ("resize", "sum", "relu")), ("pad", ("pad",))],
        ),
        # Two branches that join are one.
        (
            [
                node("left", "bf16"),
                node("right", "bf16"),
                node("join", "bf16", "left", "right"),
            ],
            [("left", ("left", "right", "join"))],
        ),
    ],
)
def test_what_no_group_holds_and_runs_reduced_is_a_group_without_quantizers(nodes, expected):
    offered = with_reduced_float(GROUPS, BF16, nodes)
    made = [group for group in offered if group.name not in ("conv1", "conv2")]
    assert [(group.name, group.operations) for group in made] == expected
    assert all(group.precisions == (BF16, FP32) and not group.quantizers for group in made)
