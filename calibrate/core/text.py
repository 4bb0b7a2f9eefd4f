"""Names from files and data, shapes, and values of metrics, as text on one line."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path


def capitalized(sentence: str) -> str:
    """A text that begins a sentence."""
    return sentence[:1].upper() + sentence[1:]


def shown(name: str | Path) -> str:
    r"""A name for ids and messages: printable on one line and valid UTF-8.

    Bytes that are not UTF-8 (surrogates, as Python reads them) and control characters become
    escapes, `\xff` and `\n`; all else stays as it is.
    """
    text = str(name)
    if text.isprintable():
        return text
    return "".join(_escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    if letter.isprintable():
        return letter
    if "\udc80" <= letter <= "\udcff":
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode("ascii")


def shapes_text(shapes: Mapping[str, Sequence[int]]) -> str:
    """Names with shapes: `image [1, 3, 224, 224], mask [1, 224]`."""
    return ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())


def value_text(number: float, unit: str) -> str:
    """A metric's value: `86.0 %`, `25.36 dB`, `0.431`."""
    if unit == "fraction":
        return f"{100 * number:.1f} %"
    return f"{number:.2f} dB" if unit == "dB" else f"{number:.4g}"


def drop_text(number: float, unit: str) -> str:
    """A drop: `0.40 points`, `0.050 dB`, `-0.0123`; a model that is better has a negative one."""
    if unit == "fraction":
        return f"{rounded(100 * number, 2)} points"
    if unit == "dB":
        return f"{rounded(number, 3)} dB"
    return rounded(number, decimals(number, least=4, significant=3))


def decimals(number: float, *, least: int, significant: int) -> int:
    """Digits behind the point that show a number: some at least, more where it is small.

    A metric without a unit may be of any size: a squared error of 0.00002 is not 0.0000.
    """
    if number == 0 or not math.isfinite(number):
        return least
    return max(least, significant - 1 - math.floor(math.log10(abs(number))))


def rounded(number: float, digits: int) -> str:
    """A number with that many digits, and never `-0.00`."""
    return f"{round(number, digits) + 0.0:.{digits}f}"
