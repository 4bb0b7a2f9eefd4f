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
