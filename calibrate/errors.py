"""The errors a user meets: what is wrong, where, and what to do next."""

from collections.abc import Iterable, Sequence


class CalibrateError(Exception):
    """An error of the input or the environment, in terms that the user knows.

    Args:
        message: what is wrong, one sentence without a full stop.
        where: its place: ``configs/a.yaml:14 metrics[0].type``, a file, a sample.
        hint: what to do next.
    """

    def __init__(self, message: str, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"; {self.hint}" if self.hint else ""
        return f"{place}{self.message}{advice}"


class Problems(CalibrateError):
    """Several problems that are reported together."""

    def __init__(self, problems: Iterable[CalibrateError]) -> None:
        self.problems: Sequence[CalibrateError] = tuple(problems)
        count = len(self.problems)
        super().__init__(f"{count} problem{'' if count == 1 else 's'}")

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class ProblemsSummary(CalibrateError):
    """How many problems there are in all: the last of `Problems` that are not all listed."""


class PluginError(CalibrateError):
    """A component (built in or a plugin) failed on one sample; the cause is chained."""


class NotFiniteError(CalibrateError):
    """Outputs contain NaN or infinite values: an input error in FP32, a candidate's in INT8."""


def raise_all(problems: Sequence[CalibrateError]) -> None:
    """Raise nothing, the only problem itself, or all problems together."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise Problems(problems)
