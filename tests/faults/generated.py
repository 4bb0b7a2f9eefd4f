"""Damaged versions of texts, bytes and JSON values, drawn from a seed, and what reading them does.

`CALIBRATE_FAULTS=long` makes more than 10,000 in all; a few hundred otherwise.
"""

import copy
import json
import os
import random
from pathlib import Path
from typing import Any

from calibrate.errors import CalibrateError

LONG = os.environ.get("CALIBRATE_FAULTS") == "long"
COUNT = 1500 if LONG else 30
SEEDS = range(1)

EXTREMES: list[Any] = [
    None, True, 0, -1, 1, 2**63, -(2**70), 1e308, float("inf"), float("nan"), "", " ", "x",
    "\x1b[2J", "\ud800", "a" * 5000, "../../x", "/dev/zero", "${NOTHING}", [], {}, [[[]]],
    [None], {"": None}, "1e999", "NaN", "0x10", "\u202e", -0.0, "label.py:X", {"type": 5},
]  # fmt: skip
TEXTS = (
    "\t", "\n", ": ", "- ", "&a ", "*a", "!!python/object:os.system x",
    "<<: ", "{", "}", "[", "]", '"', "'",
    "\x00", "\ufeff", "---\n", "? ", "|\n", ">\n", "%YAML 9\n", "9" * 50, "${",
    "${HOME}", "#", "\u2028", "\r",
    "<!ENTITY x 'y'>", "&x;", "]]>", "<", ">", ",", ";", "-1", "1e999", "nan",
    "é", "\x85", "../", "\\",
)  # fmt: skip


def text_changed(content: str, chance: random.Random) -> str:
    """Characters, tokens and lines inserted, removed, repeated or exchanged."""
    lines = content.split("\n")
    for _ in range(chance.choice([1, 1, 2, 5])):
        at = chance.randrange(len(content) + 1)
        match chance.randrange(6):
            case 0:
                content = content[:at] + chance.choice(TEXTS) + content[at:]
            case 1:
                content = content[:at] + content[at + chance.choice([1, 3, 20, 10**6]) :]
            case 2:
                content = content[:at] + chance.choice(TEXTS) + content[at + 1 :]
            case 3:
                content += "\n" + chance.choice(lines)
            case 4:
                line = chance.choice(lines)
                content = content.replace(line, line + chance.choice(TEXTS), 1)
            case _:
                content = content.replace(chance.choice(lines), chance.choice(lines), 1)
    return content


def bytes_changed(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 4, 30])):
        at = chance.randrange(len(changed)) if changed else 0
        match chance.randrange(4):
            case 0 if changed:
                changed[at] = chance.randrange(256)
            case 1:
                del changed[at : at + chance.choice([1, 8, 500, 10**7])]
            case 2:
                changed[at:at] = chance.randbytes(chance.choice([1, 8, 64]))
            case _:
                changed[at : at + 8] = chance.choice([b"\xff" * 8, bytes(8), b"\x7f" * 8])
    return bytes(changed)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    result = [path] if path else []
    children = value.items() if isinstance(value, dict) else ()
    for key, child in enumerate(value) if isinstance(value, list) else children:
        result += places(child, (*path, key))
    return result


def json_changed(content: Any, chance: random.Random) -> Any:
    """Values replaced by extremes or by other values, keys removed, added or renamed."""
    content = copy.deepcopy(content)
    for _ in range(chance.choice([1, 1, 2, 4])):
        all_places = places(content)
        if not all_places:
            return content
        *path, key = chance.choice(all_places)
        parent = content
        for step in path:
            parent = parent[step]
        match chance.randrange(5):
            case 0:
                del parent[key]
            case 1 if isinstance(parent, dict):
                parent[chance.choice(["", "\x1b", "extra", key * 2])] = parent.pop(key)
            case 2:
                parent[key] = copy.deepcopy(content)
            case _:
                parent[key] = copy.deepcopy(chance.choice(EXTREMES))
    return content


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def attempts(count: int, seed: int, change, read, path: Path) -> list[str]:
    """What went wrong otherwise than by a `CalibrateError`, with the input that did it."""
    chance, faults = random.Random(seed), []
    for number in range(count):
        content = change(chance)
        path.write_bytes(content)
        try:
            read(path)
        except CalibrateError as error:
            str(error)
        except Exception as error:  # noqa: BLE001  # what users would meet as exit code 3
            faults.append(f"{number}: {type(error).__name__}: {error}: {content[:3000]!r}")
    return faults


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
