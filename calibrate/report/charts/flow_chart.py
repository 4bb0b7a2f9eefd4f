"""The graph of the model: a row for each group, with lanes that show what feeds what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calibrate.report.charts.group_chart import precision_looks
from calibrate.report.schema import Report

ROW = 40.0
"""Height of a row, in pixels."""
_LANE = 16.0
_MOST_WIDTH = 160.0
_MARGIN = 14.0


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One group.

    Attributes:
        x: centre of its mark.
        y: likewise.
        look: CSS class of its precision.
        index: of the group in the report.
    """

    x: float
    y: float
    look: str
    index: int


@dataclass(frozen=True, slots=True)
class FlowChart:
    """The whole graph.

    Attributes:
        width: of the drawing.
        height: of the drawing.
        rows: one for each group, from input to output.
        edges: SVG paths.
    """

    width: float
    height: float
    rows: tuple[FlowRow, ...]
    edges: tuple[str, ...]


def flow_chart(report: Report) -> FlowChart | None:
    """Return the graph of a report's groups; None where the report has none."""
    if report.graph is None or not report.groups:
        return None
    # A group of several operations may read one that stands behind it: lines have no direction.
    edges = sorted({(min(edge), max(edge)) for edge in report.graph.edges})
    lanes = lanes_of(edges, len(report.groups))
    step = min(_LANE, _MOST_WIDTH / (max(lanes) + 1))
    looks = precision_looks(report)
    rows = tuple(
        FlowRow(round(_MARGIN + step * lane, 1), ROW * (index + 0.5), looks[group.precision], index)
        for index, (group, lane) in enumerate(zip(report.groups, lanes, strict=True))
    )
    paths = tuple(_path(rows[start], rows[end]) for start, end in edges)
    width = 2 * _MARGIN + step * max(lanes)
    return FlowChart(round(width, 1), ROW * len(rows), rows, paths)


def lanes_of(edges: Sequence[tuple[int, int]], count: int) -> list[int]:
    """Return a lane for each of `count` groups so that edges do not run through other groups.

    A group holds its lane down to its last reader, which takes the lane over if it is free by then.

    Args:
        edges: pairs of positions, from a smaller to a greater one.
        count: of the groups.
    """
    last = _last_readers(edges)
    sources: dict[int, list[int]] = {}
    for start, end in edges:
        sources.setdefault(end, []).append(start)
    lanes: list[int] = []
    held: dict[int, int] = {}
    """Last row in which each lane is taken."""
    for row in range(count):
        # A lane that ends here may be taken over; the leftmost keeps the drawing narrow.
        offered = [lanes[start] for start in sources.get(row, ()) if last[start] == row]
        free = (lane for lane in range(count) if held.get(lane, -1) < row)
        lane = min(offered) if offered else next(free)
        lanes.append(lane)
        held[lane] = last.get(row, row)
    return lanes


def _last_readers(edges: Sequence[tuple[int, int]]) -> Mapping[int, int]:
    last: dict[int, int] = {}
    for start, end in edges:
        last[start] = max(end, last.get(start, end))
    return last


def _path(start: FlowRow, end: FlowRow) -> str:
    """Draw down the first group's lane, then over to the second one's above its row."""
    if start.x == end.x:
        return f"M{start.x:g} {start.y:g}V{end.y:g}"
    bend = end.y - 0.75 * ROW
    if end.x < start.x:
        return (
            f"M{start.x:g} {start.y:g}V{bend:g}"
            f"C{start.x:g} {end.y:g} {end.x:g} {bend:g} {end.x:g} {end.y:g}"
        )
    turn = start.y + 0.75 * ROW
    return (
        f"M{start.x:g} {start.y:g}"
        f"C{start.x:g} {turn:g} {end.x:g} {start.y:g} {end.x:g} {turn:g}V{end.y:g}"
    )
