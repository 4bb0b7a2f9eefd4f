"""What a native error says is wrong, in one line."""

import re

_UNCONVERTED = re.compile(
    r"^-- (?:Conversion is failed for|No conversion rule found for operations): (.+)$", re.MULTILINE
)


def error_reason(error: Exception) -> str:
    """The line of a report of several lines that says what is wrong.

    OpenVINO begins with places in its own sources and ends with the reason; NNCF writes it in one
    line or in several. A message that quotes bytes of a damaged file is not UTF-8, and
    Python reports only that; this function returns the message with those bytes escaped.
    """
    text = str(error)
    if isinstance(error, UnicodeDecodeError):
        text = error.object.decode(errors="backslashreplace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reasons = [line for line in lines if not line.startswith(("Exception from", "Check '"))]
    return (reasons or lines or [f"{type(error).__name__} without a reason"])[-1].rstrip(".:")


def unconverted_operations(error: Exception) -> tuple[str, str] | None:
    """The operations that a reader could not convert, and why; None for another error."""
    text = str(error)
    names = [name for listed in _UNCONVERTED.findall(text) for name in listed.split(", ")]
    if not names:
        return None
    details = text.partition("Summary:")[0]
    reason = error_reason(RuntimeError(details)) if " with a message:" in details else ""
    return ", ".join(names), reason or "OpenVINO has no rule for it"
