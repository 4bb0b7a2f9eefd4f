from dataclasses import dataclass

import pytest

from calibrate.core.precision import FP32, INT8, Candidate, Group
from calibrate.search.cost_attribution import (
    attribute_costs,
    checkerboards,
    group_times,
    neighbours,
)

INT8_FP32 = frozenset(("i8", "f32"))


@dataclass(frozen=True)
class Node:
    name: str
    names: tuple[str, ...]
    microseconds: float
    producers: tuple[str, ...] = ()


GROUPS = (
    Group("conv1", ("conv1",), ("fq1",)),
    Group("conv2", ("conv2", "pool"), ("fq2",)),
    Group("conv3", ("conv3",), ("fq3",)),
)


def chain(first: float, second: float, third: float, reorder: float = 0.0) -> list[Node]:
    """input -> conv1 -> conv2 -> (reorder of no operation) -> conv3 -> output."""
    return [
        Node("in", ("in",), 1.0),
        Node("conv1", ("conv1", "relu1", "fq2"), first, ("in",)),
        Node("conv2", ("conv2",), second, ("conv1",)),
        Node("reorder", (), reorder, ("conv2",)),
        Node("conv3", ("conv3",), third, ("reorder",)),
        Node("out", ("out",), 1.0, ("conv3",)),
    ]


def test_a_node_belongs_to_its_operation_and_a_helper_to_whom_it_feeds():
    # fq2 is fused into conv1 and does not make conv1's time conv2's; the input's conversion
    # and the reorder serve the group that they feed; what comes after the last is nobody's.
    assert group_times(GROUPS, chain(10.0, 20.0, 30.0, reorder=5.0)) == [11.0, 20.0, 35.0]


def test_a_standalone_quantizer_belongs_to_its_group():
    nodes = [Node("fq1", ("fq1",), 3.0), Node("conv1", ("conv1",), 4.0, ("fq1",))]
    assert group_times(GROUPS, nodes) == [7.0, 0.0, 0.0]


def test_helpers_in_a_row_all_belong_to_the_end_of_it():
    nodes = [
        Node("a", (), 1.0),
        Node("b", (), 2.0, ("a",)),
        Node("conv3", ("conv3",), 4.0, ("b",)),
    ]
    assert group_times(GROUPS, nodes) == [0.0, 0.0, 7.0]


def test_neighbours_feed_each_other_through_helpers_too():
    assert neighbours(GROUPS, chain(1.0, 1.0, 1.0)) == ((0, 1), (1, 2))


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        (((0, 1), (1, 2), (2, 3)), (INT8, FP32, INT8, FP32)),
        # Two colours suffice although the groups are not numbered along the chain 0-2-3-1.
        (((0, 2), (1, 3), (2, 3)), (INT8, FP32, FP32, INT8)),
        ((), (INT8, INT8, INT8, INT8)),
    ],
)
def test_neighbours_differ_on_checkerboards(edges, expected):
    groups = [Group(str(i), (str(i),), ()) for i in range(4)]
    first, second = checkerboards(groups, edges, (INT8, FP32))
    assert first == Candidate(expected)
    assert all(a != b for a, b in zip(first, second, strict=True))


def test_an_odd_ring_has_no_checkerboard_and_ends_all_the_same():
    groups = [Group(str(i), (str(i),), ()) for i in range(3)]
    first, _ = checkerboards(groups, ((0, 1), (0, 2), (1, 2)), (INT8, FP32))
    assert set(first) == {FP32, INT8}


def test_what_mixing_costs_is_the_price_of_boundaries():
    edges = ((0, 1), (1, 2))
    uniform = {FP32: chain(40.0, 40.0, 40.0), INT8: chain(10.0, 10.0, 10.0)}
    mixed = {
        # conv1 and conv3 in INT8 take 2 more each, conv2 in FP32 takes 4 more.
        Candidate((INT8, FP32, INT8)): chain(12.0, 44.0, 10.0, reorder=2.0),
        Candidate((FP32, INT8, FP32)): chain(40.0, 10.0, 40.0),
    }
    group_costs = attribute_costs(GROUPS, uniform, mixed, edges)
    assert [dict(times) for times in group_costs.groups] == [
        {FP32: 41.0, INT8: 11.0},
        {FP32: 40.0, INT8: 10.0},
        {FP32: 40.0, INT8: 10.0},
    ]
    # Of each boundary: (2 + 4 / 2) in the first mixture, 0 in the second.
    assert group_costs.boundaries == {(0, 1): {INT8_FP32: 2.0}, (1, 2): {INT8_FP32: 2.0}}


def test_a_mixture_that_is_faster_makes_no_negative_price():
    uniform = {FP32: chain(40.0, 40.0, 40.0), INT8: chain(10.0, 10.0, 10.0)}
    mixed = {Candidate((INT8, FP32, INT8)): chain(5.0, 30.0, 5.0)}
    group_costs = attribute_costs(GROUPS, uniform, mixed, ((0, 1), (1, 2)))
    assert group_costs.boundaries == {(0, 1): {INT8_FP32: 0.0}, (1, 2): {INT8_FP32: 0.0}}
