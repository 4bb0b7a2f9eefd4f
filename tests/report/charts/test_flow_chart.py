import pytest

from calibrate.report.charts.flow_chart import flow_chart, lanes_of


@pytest.mark.parametrize(
    ("edges", "count", "lanes"),
    [
        ((), 1, [0]),
        (((0, 1), (1, 2)), 3, [0, 0, 0]),
        # A shortcut around one group: the group moves aside.
        (((0, 1), (0, 2), (1, 2)), 3, [0, 1, 0]),
        # Two heads of one trunk.
        (((0, 1), (0, 2)), 3, [0, 1, 0]),
        # Two inputs that meet.
        (((0, 2), (1, 2), (2, 3)), 4, [0, 1, 0, 0]),
    ],
)
def test_no_edge_runs_through_another_group(edges, count, lanes):
    assert lanes_of(edges, count) == lanes


def test_a_row_for_each_group(make):
    chart = flow_chart(make())
    assert chart is not None
    assert [(row.x, row.y, row.look) for row in chart.rows] == [
        (14.0, 20.0, "p-int8"),
        (30.0, 60.0, "p-fp32"),
        (14.0, 100.0, "p-int8"),
    ]
    assert (chart.width, chart.height) == (44.0, 120.0)
    assert chart.edges[1] == "M14 20V100"


def test_hundreds_of_branches_stay_narrow(make, group_of):
    count = 300
    edges = [[0, end] for end in range(1, count)] + [[n, count - 1] for n in range(1, count - 1)]
    groups = [group_of(n, "int8") for n in range(count)]
    chart = flow_chart(make(groups=groups, graph={"edges": edges}))
    assert chart is not None
    assert chart.width <= 188


def test_no_graph_without_edges_recorded(make):
    assert flow_chart(make(graph=None)) is None


def test_a_group_may_read_one_behind_it(make):
    forward = flow_chart(make(graph={"edges": [[0, 1], [1, 2]]}))
    assert flow_chart(make(graph={"edges": [[0, 1], [2, 1]]})) == forward
