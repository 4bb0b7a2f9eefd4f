"""Problems found in an annotation: told together, but not by the thousand."""

from collections.abc import Sequence

from calibrate.errors import CalibrateError, raise_all

SHOWN = 20
"""How many problems of one annotation are told in full; one cause often repeats on every line."""


def raise_found(problems: Sequence[CalibrateError]) -> None:
    """Raise all problems of an annotation: the first ones in full, then how many more there are.

    Raises:
        CalibrateError: there is at least one problem.
    """
    if len(problems) <= SHOWN:
        raise_all(problems)
        return
    more = len(problems) - SHOWN
    rest = CalibrateError(
        f"and {more} more problem{'' if more == 1 else 's'} of this kind or another"
    )
    raise_all([*problems[:SHOWN], rest])
