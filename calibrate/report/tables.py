"""Tables on the terminal, all of one look."""

from collections.abc import Sequence

from rich.table import Table


def table(titles: Sequence[str], *, left: int = 1) -> Table:
    """An empty table: the first `left` columns are words, the others are numbers."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for position, title in enumerate(titles):
        justify = "left" if position < left else "right"
        made.add_column(title, justify=justify, overflow="fold")  # type: ignore[arg-type]  # rich's Literal
    return made


def bounds(low: float, high: float, unit: str) -> str:
    """The ends of a drop's interval, as the report spells them."""
    scale, digits = (100, 1) if unit == "fraction" else (1, 3)
    return f"{low * scale + 0.0:.{digits}f} to {high * scale + 0.0:.{digits}f}"
