"""Problems of an annotation, reported together: the first ones in full, and how many there are."""

from collections.abc import Sequence

from calibrate.errors import CalibrateError, ProblemsSummary, raise_all

SHOWN = 20
"""How many problems of one annotation are listed; one cause often repeats on every line."""


def raise_problems(problems: Sequence[CalibrateError]) -> None:
    """Raise all problems of an annotation: the first ones in full, then how many there are.

    Raises:
        CalibrateError: there is at least one problem.
    """
    _raise(problems[:SHOWN], len(problems))


def _raise(shown: Sequence[CalibrateError], count: int) -> None:
    if count == len(shown):
        raise_all(shown)
        return
    rest = ProblemsSummary(f"{count} problems in all, of which the first {len(shown)} are listed")
    raise_all([*shown, rest])


class Findings:
    """Problems of one file, noted while its parser goes on; only those that are listed are kept.

    Args:
        where: the file (or folder) that is read; a problem's place is inside it.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self.count = 0
        self._shown: list[CalibrateError] = []

    def add(self, message: str, place: int | str = "", hint: str = "") -> None:
        """Note a problem.

        Args:
            message: what is wrong.
            place: where in the file: a line number, or words such as `record 17`.
            hint: what to do next.
        """
        self.count += 1
        if len(self._shown) < SHOWN:
            inner = f":{place}" if isinstance(place, int) else f" {place}".rstrip()
            self._shown.append(CalibrateError(message, self.where + inner, hint))

    def raise_any(self) -> None:
        """Raise what was noted, if anything was; see `raise_problems`."""
        _raise(self._shown, self.count)
