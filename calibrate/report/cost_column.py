"""Wording of the groups' costs by the run's objective: time, or bytes for `objective: size`."""

from dataclasses import dataclass

from calibrate.core.text import rounded
from calibrate.report import numbers
from calibrate.report.schema import Report
from calibrate.report.search_section import Reason


@dataclass(frozen=True, slots=True)
class CostColumn:
    """Wording of the groups' costs: microseconds, or bytes with `objective: size`.

    Attributes:
        timed: whether costs are microseconds; else they are bytes.
    """

    timed: bool

    @property
    def noun(self) -> str:
        """The name of the cost: `time`, `bytes`."""
        return "time" if self.timed else "bytes"

    @property
    def unit(self) -> str:
        """The unit: `µs`, `bytes`."""
        return "µs" if self.timed else "bytes"

    @property
    def better(self) -> str:
        """The comparative for a lower cost: `faster`, `smaller`."""
        return "faster" if self.timed else "smaller"

    def amount_text(self, amount: float) -> str:
        """Format a cost: `12 µs`, `42.9 kB`; savings are negative."""
        if self.timed:
            return f"{rounded(amount, 0)} µs"
        if abs(amount) < 1e3:
            return f"{rounded(amount, 0)} B"
        return f"{'-' if amount < 0 else ''}{numbers.size(abs(round(amount)))}"

    def total(self, amount: float) -> str:
        """Format a sum over many groups: `1.25 ms`, `42.9 kB`; without a sign."""
        return f"{abs(amount) / 1e3:.2f} ms" if self.timed else self.amount_text(abs(amount))

    def reason(self, reason: Reason) -> str:
        """Say why a group is not INT8; `speed` reads as size with `objective: size`."""
        return "size" if reason == "speed" and not self.timed else reason


def cost_column(report: Report) -> CostColumn:
    """Return the cost wording of a run."""
    search = report.config.get("search")
    return CostColumn(not (isinstance(search, dict) and search.get("objective") == "size"))
