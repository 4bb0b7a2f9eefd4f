"""What groups cost by the objective of a run, in its words: time, or bytes where size counts."""

from dataclasses import dataclass

from calibrate.core.text import rounded
from calibrate.report import numbers
from calibrate.report.schema import Report
from calibrate.report.search_section import Reason


@dataclass(frozen=True, slots=True)
class CostColumn:
    """How the costs of groups are told, which are microseconds but for `objective: size`.

    Attributes:
        timed: whether they are microseconds; bytes else.
    """

    timed: bool

    @property
    def noun(self) -> str:
        """What is given up: `time`, `bytes`."""
        return "time" if self.timed else "bytes"

    @property
    def unit(self) -> str:
        """Behind a plain number: `µs`, `bytes`."""
        return "µs" if self.timed else "bytes"

    @property
    def better(self) -> str:
        """What a group that costs less is: `faster`, `smaller`."""
        return "faster" if self.timed else "smaller"

    def amount_text(self, amount: float) -> str:
        """A cost for people: `12 µs`, `42.9 kB`; what is won is negative."""
        if self.timed:
            return f"{rounded(amount, 0)} µs"
        if abs(amount) < 1e3:
            return f"{rounded(amount, 0)} B"
        return f"{'-' if amount < 0 else ''}{numbers.size(abs(round(amount)))}"

    def total(self, amount: float) -> str:
        """A sum over many groups: `1.25 ms`, `42.9 kB`; without a sign."""
        return f"{abs(amount) / 1e3:.2f} ms" if self.timed else self.amount_text(abs(amount))

    def reason(self, reason: Reason) -> str:
        """Why a group is not INT8: what does not pay there is speed, or size."""
        return "size" if reason == "speed" and not self.timed else reason


def prices(report: Report) -> CostColumn:
    """Of a run."""
    search = report.config.get("search")
    return CostColumn(not (isinstance(search, dict) and search.get("objective") == "size"))
