"""JSON of unknown origin, read within bounds of size and depth."""

import json
from typing import Any

MAX_BYTES = 64 << 20
"""Of one document; a report with thumbnails of a few hundred images has less than 10 MiB."""
MAX_LEVELS = 64
"""Of nesting; reports and certificates have less than 12."""


def parse_json(data: bytes | str) -> Any:  # noqa: ANN401  # any JSON value
    """The value of a JSON document.

    Raises:
        ValueError: it is no JSON in UTF-8, too large, or nested too deep; the message says which.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES >> 20} MiB")
    try:
        value = json.loads(data)
    except RecursionError:
        raise ValueError(f"it is nested deeper than {MAX_LEVELS} levels") from None
    except UnicodeDecodeError:
        raise ValueError("it is no text in UTF-8") from None
    level = [value]
    for _ in range(MAX_LEVELS):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return value
    raise ValueError(f"it is nested deeper than {MAX_LEVELS} levels")


def _children(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
