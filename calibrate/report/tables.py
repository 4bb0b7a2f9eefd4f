"""Tables on the terminal in a common style."""

from collections.abc import Sequence

from rich.table import Table


def table(titles: Sequence[str], *, left: int = 1) -> Table:
    """Return an empty table: the first `left` columns are text, the others numbers."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for position, title in enumerate(titles):
        justify = "left" if position < left else "right"
        made.add_column(title, justify=justify, overflow="fold")  # type: ignore[arg-type]  # rich's Literal
    return made
