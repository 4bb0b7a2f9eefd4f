"""Explain why journal records are not reused: which of their facts have changed."""

from collections import Counter
from collections.abc import Iterable

from calibrate.store.base import Facts

_DIGEST_LENGTH = 32
"""A value at least this long is a digest, which is not shown."""


def invalidation_reasons(recorded: Iterable[Facts], now: Facts) -> tuple[str, ...]:
    """Return one sentence per cause of records that do not match, most records first.

    Args:
        recorded: the facts that each record depends on.
        now: the current facts; facts that a record does not name are ignored.
    """
    causes = Counter(cause for facts in recorded if (cause := _changed(facts, now)))
    return tuple(
        f"{count} measurement{'' if count == 1 else 's'} of an earlier run "
        f"{'is' if count == 1 else 'are'} not reused: {'; '.join(cause)}"
        for cause, count in causes.most_common()
    )


def _changed(recorded: Facts, now: Facts) -> tuple[str, ...]:
    return tuple(
        _difference(name, recorded[name], now[name])
        for name in now
        if name in recorded and recorded[name] != now[name]
    )


def _difference(name: str, before: str, after: str) -> str:
    if min(len(before), len(after)) >= _DIGEST_LENGTH:
        return f"{name} changed"
    return f"{name} was {before}, is {after}"
