"""Name, symbol and colour of each outcome, shared by every format."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from calibrate.core.verdict import Outcome

RunOutcome = Outcome | Literal["failed", "not run"]
"""How a run ended: with a verdict, with an error, or not at all."""


@dataclass(frozen=True, slots=True)
class OutcomeStyle:
    """The presentation of an outcome.

    Attributes:
        name: in a few words; begins a sentence.
        symbol: one character, distinct without colour too.
        colour: a colour name of `rich`.
        circle: the colour as a character, for Markdown, which has no other.
        css: class in HTML.
    """

    name: str
    symbol: str
    colour: str
    circle: str
    css: str

    @property
    def mark(self) -> str:
        """Symbol and colour for Markdown."""
        return f"{self.circle} {self.symbol}"


STYLES: Mapping[RunOutcome, OutcomeStyle] = {
    "proven": OutcomeStyle("Proven within budget", "✓", "green", "🟢", "proven"),
    "accepted": OutcomeStyle("Accepted, not proven", "≈", "yellow", "🟡", "accepted"),
    "over": OutcomeStyle("Over budget", "✕", "red", "🔴", "over"),
    "floating_point": OutcomeStyle("Floating point", "○", "blue", "🔵", "floating-point"),
    "failed": OutcomeStyle("Failed", "!", "bold red", "🔴", "failed"),
    "not run": OutcomeStyle("Not run", "–", "magenta", "🟣", "not-run"),
}
