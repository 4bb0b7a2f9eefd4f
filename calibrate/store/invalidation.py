"""Why records of a journal are not used: which of the facts that they depend on has changed."""

from collections import Counter
from collections.abc import Iterable

from calibrate.store.base import Facts

_DIGEST_LENGTH = 32
"""From here on a value is a digest, which tells a reader nothing."""


def invalidation_reasons(recorded: Iterable[Facts], now: Facts) -> tuple[str, ...]:
    """One sentence a cause for records that other facts hold of, most records first.

    Args:
        recorded: what each record depends on.
        now: what holds now; facts that a record does not name do not count.
    """
    causes = Counter(cause for facts in recorded if (cause := _changed(facts, now)))
    return tuple(
        f"{count} measurement{'' if count == 1 else 's'} of an earlier run "
        f"{'is' if count == 1 else 'are'} not reused: {'; '.join(cause)}"
        for cause, count in causes.most_common()
    )


def _changed(recorded: Facts, now: Facts) -> tuple[str, ...]:
    return tuple(
        _told(name, recorded[name], now[name])
        for name in now
        if name in recorded and recorded[name] != now[name]
    )


def _told(name: str, before: str, after: str) -> str:
    if min(len(before), len(after)) >= _DIGEST_LENGTH:
        return f"{name} changed"
    return f"{name} was {before}, is {after}"
