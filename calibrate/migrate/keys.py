"""A mapping of the source whose keys are all accounted for: taken, without meaning, or reported."""

from collections.abc import Mapping
from typing import Any

from calibrate.migrate.notes import Kind, Notes


class Keys:
    """One mapping of the source.

    `finish` reports every key that nothing has taken, so that nothing is dropped in silence.

    Args:
        values: the mapping.
        where: how it is reached from the top of the source.
        notes: where reports go.
    """

    def __init__(self, values: Mapping[str, Any], where: str, notes: Notes) -> None:
        self._values = values
        self._open = dict.fromkeys(values)
        self.where = where
        self.notes = notes

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def copy(self, notes: Notes) -> "Keys":
        """The same mapping, nothing taken yet, with reports going elsewhere."""
        return Keys(self._values, self.where, notes)

    def at(self, key: str) -> str:
        """How a key is reached."""
        return f"{self.where}.{key}" if self.where else key

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401  # what YAML can hold
        """The value of a key, which counts as carried over from here on."""
        self._open.pop(key, None)
        value = self._values.get(key)
        return default if value is None else value

    def note(self, kind: Kind, key: str, why: str) -> None:
        """Report a key with its value; a key that is not there is no matter."""
        if key in self._values:
            self.notes.add(kind, self.at(key), why, self.get(key))

    def lost(self, key: str, why: str) -> None:
        """Report a key as not carried over, if it is there."""
        self.note("lost", key, why)

    def lost_unless(self, key: str, why: str, *, default: object = False) -> None:
        """Report a key as not carried over if it says something else than the default."""
        if self._values.get(key, default) == default:
            self.get(key)
        else:
            self.lost(key, why)

    def no_meaning(self, why: str, *keys: str) -> None:
        """Report keys as without meaning here, those that are there."""
        for key in keys:
            self.note("no_meaning", key, why)

    def section(self, key: str) -> "Keys":
        """The mapping under a key; another kind of value is reported and counts as empty."""
        value = self._values.get(key)
        self._open.pop(key, None)
        return self._as_keys({} if value is None else value, self.at(key))

    def entries(self, key: str) -> list["Keys"]:
        """The mappings of the list under a key; one mapping counts as a list of one."""
        value = self.get(key, [])
        if isinstance(value, Mapping):
            value = [value]
        if not isinstance(value, list):
            self.notes.add("lost", self.at(key), "a list is expected", value)
            return []
        return [
            self._as_keys(entry, f"{self.at(key)}[{index}]") for index, entry in enumerate(value)
        ]

    def finish(self, why: str = "unknown to this converter") -> None:
        """Report all keys that nothing has taken."""
        for key in list(self._open):
            self.lost(key, why)

    def _as_keys(self, value: object, where: str) -> "Keys":
        if isinstance(value, Mapping):
            return Keys(value, where, self.notes)
        if isinstance(value, str):
            return Keys({"type": value}, where, self.notes)
        self.notes.add("lost", where, "a mapping is expected", value)
        return Keys({}, where, self.notes)
