"""The model of a chart: axes, lines and marks in units of the drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from calibrate.report.charts.axis import Scale

WIDTH, HEIGHT = 560.0, 340.0
LEFT, RIGHT, TOP, BOTTOM = 74.0, 544.0, 14.0, 282.0
"""Edges of the area inside of the axes."""

Shape = Literal["circle", "square", "diamond", "dot", "ring"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A point.

    Attributes:
        x: place.
        y: place.
        shape: how it is drawn.
        look: CSS class that gives the colour.
        text: what it is, with its numbers; shown on hover and read aloud.
        across: the ends of its uncertainty in x, if any.
        along: the ends of its uncertainty in y, if any.
    """

    x: float
    y: float
    shape: Shape
    look: str
    text: str
    across: tuple[float, float] | None = None
    along: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points.

    Attributes:
        points: places.
        look: CSS class.
        label: written at its right end; empty for none.
    """

    points: tuple[tuple[float, float], ...]
    look: str
    label: str = ""

    @property
    def path(self) -> str:
        """Format the points for the attribute `points` of an SVG polyline."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.points)


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole chart.

    Attributes:
        name: unique on the page, for references.
        title: what it shows.
        description: text alternative of the chart.
        x: the horizontal axis.
        y: the vertical axis.
        x_title: with the unit.
        y_title: with the unit.
        lines: below the marks.
        marks: in drawing order.
        legend: CSS class, shape and words of each kind of mark or line.
    """

    name: str
    title: str
    description: str
    x: Scale
    y: Scale
    x_title: str
    y_title: str
    lines: Sequence[Line]
    marks: Sequence[Mark]
    legend: Sequence[tuple[str, str, str]]
