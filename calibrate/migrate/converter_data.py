"""What a converter of the Accuracy Checker knows besides its keys."""

from collections.abc import Callable
from dataclasses import dataclass

from calibrate.migrate.draft import Part
from calibrate.migrate.keys import Keys
from calibrate.migrate.places import Places


@dataclass(frozen=True, slots=True)
class Data:
    """Settings of a dataset besides its converter.

    Attributes:
        places: where relative paths lead.
        source: `data_source`, as our config has it, or None.
        masks: `segmentation_masks_source`, likewise.
    """

    places: Places
    source: str | None = None
    masks: str | None = None


Converter = Callable[[Keys, Data], Part | None]


def given_path(keys: Keys, data: Data, key: str) -> str | None:
    """Return the path under a key, as our config has it; None where the key is not given."""
    value = keys.get(key)
    return None if value is None else data.places.data(value)


def present(**values: object) -> Part:
    """Return the values that are not None."""
    return {key: value for key, value in values.items() if value is not None}
