"""The report of a run that has no result: it failed, was interrupted, or is not finished."""

from typing import Literal

from calibrate.report.facts import Record


class ErrorReport(Record):
    """The record written in place of a result's report."""

    version: Literal[1] = 1
    """Version of this record."""
    created: str
    """ISO 8601, UTC."""
    state: Literal["unfinished", "failed", "interrupted"]
    """`unfinished`: the run is under way, or was killed."""
    model: str
    """Name in the config, or the file's stem."""
    problems: tuple[str, ...]
    """What went wrong, one sentence each."""
    previous: str | None = None
    """File name of the report of an earlier result that is still in the folder."""

    @property
    def headline(self) -> str:
        """What happened, in a few words."""
        return {
            "unfinished": "Not finished: the run is under way, or was killed",
            "failed": "Failed",
            "interrupted": "Interrupted",
        }[self.state]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What went wrong, and what of an earlier run is still there."""
        if self.previous is None:
            return self.problems
        kept = f"The model of an earlier run may still be there; its report is {self.previous}."
        return (*self.problems, kept)
