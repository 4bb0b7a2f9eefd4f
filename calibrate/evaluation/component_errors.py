"""Errors of components name the sample that they happen on."""

from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError, PluginError


class naming_sample:  # noqa: N801  # reads as a with-statement
    """Add the name of the sample to errors that a component raises."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        where = self._facts.source or self._facts.id
        if isinstance(error, CalibrateError):
            if not error.where:
                error.where = where
        elif isinstance(error, Exception) and not isinstance(error, MemoryError):
            # The exception of a user's decoder or metric reaches the user, with the sample.
            raise PluginError(
                f"judging fails with {type(error).__name__}: {error}", where=where
            ) from error
