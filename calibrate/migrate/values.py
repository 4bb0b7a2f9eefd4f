"""Parse values as the Accuracy Checker writes them: numbers in texts, flags, patterns."""

import re
from typing import Any

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_PLAIN_NAME = re.compile(r"[\w/:. -]+")


def numbers(value: object) -> list[float] | None:
    """Return the numbers of `127.5`, `"(0.1, 0.2, 0.3)"`, `"10,13, 16,30"` or a list, else None."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return [value]
    if isinstance(value, list):
        parts = [numbers(entry) for entry in value]
        if any(part is None or len(part) != 1 for part in parts):
            return None
        return [part[0] for part in parts if part]
    text = str(value).strip().strip("()[]").strip()
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words or not all(_NUMBER.fullmatch(word) for word in words):
        return None
    return [_number(word) for word in words]


def per_channel(value: object) -> float | list[float] | None:
    """Return a number, or one per channel unless all are equal; None if there is none."""
    values = numbers(value)
    if not values:
        return None
    return values[0] if len(set(values)) == 1 else values


def number(value: object) -> float | None:
    """Return a single number, also from a text; None for other values."""
    values = numbers(value)
    return values[0] if values is not None and len(values) == 1 else None


def size_of(values: Any) -> dict[str, int]:  # noqa: ANN401  # a Keys; here only its `get` counts
    """Return `size`, or `dst_height` and `dst_width`, as our steps take them; else nothing."""
    size, height, width = values.get("size"), values.get("dst_height"), values.get("dst_width")
    if height is None and width is None:
        return {} if size is None else {"size": size}
    height, width = height or size, width or size
    if height is None or width is None:
        return {}
    return {"size": height} if height == width else {"dst_height": height, "dst_width": width}


def is_plain_name(text: str) -> bool:
    """Return whether a text, read as a regular expression, is just a name."""
    return _PLAIN_NAME.fullmatch(text) is not None


def _number(text: str) -> float:
    return int(text) if re.fullmatch(r"[-+]?\d+", text) else float(text)
